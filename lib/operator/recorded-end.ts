import { runControlPrefix } from '../../config/names.ts';
import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import type { ExecutionStatus } from '../gates/execution-verdict.ts';
import { executionRecordSchema } from '../recorder/task-record.ts';
import { executionIdSchema } from '../vocabulary/identifiers.ts';
import { millisOf } from '../vocabulary/instant.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/** What evidence alone says of an execution: how it ended, that it launched something, or nothing. */
export type RecordedEnd =
  | {
      readonly kind: 'ended';
      readonly at: number;
      readonly status: ExecutionStatus;
      readonly error: string | undefined;
    }
  | { readonly kind: 'launched' }
  | { readonly kind: 'nothing' };

/** Reads what is left of an execution when the state machine does not know it. */
export async function recordedEnd(
  environment: OperatorEnvironment,
  executionArn: string,
  signal: AbortSignal,
): Promise<RecordedEnd> {
  const executionId = executionIdSchema.parse(executionArn.split(':').at(-1));
  const prefix = runControlPrefix(environment.name, executionId);
  const content = await environment.evidence.get(`${prefix}execution-record.json`, signal);
  const record = parseEvidence(content, executionRecordSchema);
  if (record !== undefined) {
    const { stopped_at, status, error } = record;
    return { kind: 'ended', at: millisOf(stopped_at), status, error: error ?? undefined };
  }
  for await (const _ of environment.evidence.list(`${prefix}launches/`, signal)) return { kind: 'launched' };
  return { kind: 'nothing' };
}
