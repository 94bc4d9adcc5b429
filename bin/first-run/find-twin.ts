import { z } from 'zod';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { parseEvidence } from '../../lib/evidence/format/parse-evidence.ts';
import { listExecutions } from '../../lib/operator/list-executions.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import type { ExecutionPlan } from '../../lib/operator/plan-launch.ts';
import { intentKey } from '../../lib/operator/start-execution.ts';
import { executionIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { boundedBurstInputSchema } from '../../lib/workflows/bounded-burst-input.ts';
import { segment5aInputSchema } from '../../lib/workflows/segment-5a-input.ts';
import type { ConductedExecution } from '../commands/conduct-execution.ts';
import { findExecution } from '../commands/find-execution.ts';

/** Enough to hold whatever still runs: the newest come first. */
const executionsLooked = 100;

/**
 * An execution that runs and does the very work of a plan, such as one whose `npm start` was killed: it is
 * taken up instead of being started a second time beside itself.
 */
export async function findTwin(
  environment: OperatorEnvironment,
  workflow: 'segment-5a' | 'bounded-burst',
  planned: ExecutionPlan,
  signal: AbortSignal,
): Promise<ConductedExecution | undefined> {
  const wanted = workIn(planned.intent);
  const executions = await listExecutions(environment, executionsLooked, signal);
  for (const { name, workflow: of, status } of executions) {
    if (of !== workflow || status !== 'RUNNING') continue;
    const executionId = executionIdSchema.safeParse(name);
    if (!executionId.success) continue;
    const intent = await environment.evidence.get(intentKey(environment, executionId.data), signal);
    if (intent === undefined || wanted === undefined || workIn(intent) !== wanted) continue;
    return await findExecution(environment, name, signal);
  }
  return undefined;
}

const intentSchema = z.discriminatedUnion('schema', [segment5aInputSchema, boundedBurstInputSchema]);

/**
 * The work of an intent: the parameters of all its launches, in their order, as one text; clocks, ids and task
 * definitions are no part of it. `undefined` for an intent of another kind. Pure.
 */
export function workIn(intent: Uint8Array): string | undefined {
  const parsed = parseEvidence(intent, intentSchema);
  if (parsed === undefined) return undefined;
  const launches =
    parsed.schema === 'fraud-platform/segment-5a-input/v1'
      ? [parsed.prepare, ...parsed.lanes, parsed.validate]
      : [parsed.open, ...parsed.lanes, parsed.close];
  // Inline or by pointer, the digest is of the same canonical bytes.
  return launches
    .map(({ parameters: { inline, sha256 } }) => (inline === '' ? sha256 : sha256Of(inline)))
    .join(' ');
}
