import { z } from 'zod';
import { runControlPrefix } from '../../config/names.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { readBundleItem, readCommit } from '../evidence/publish-bundle.ts';
import type { PhaseAttempt } from '../gates/phases/phase-records.ts';
import { executionRecordSchema } from '../recorder/task-record.ts';
import { type ExecutionId, executionIdSchema } from '../vocabulary/identifiers.ts';
import { type Instant, instantSchema } from '../vocabulary/instant.ts';
import { intentSchema } from '../workflows/intent.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { intentKey } from './start-execution.ts';

/** Whether what lies under the name of an attempt is that attempt: with its intent; another one, or nothing; or nobody can tell. */
export type Whose =
  | { readonly kind: 'own'; readonly intent: Uint8Array }
  | { readonly kind: 'not-started' }
  | { readonly kind: 'broken'; readonly why: string };

/**
 * Finds out whose execution has the name of an attempt. What is sealed says so for good, whatever became of the intent
 * beside it. An intent is put before all else, so one that is not there means that nothing was begun only where nothing
 * else lies there either. Throws `COMMIT_MALFORMED` (65).
 */
export async function whoseExecution(
  environment: OperatorEnvironment,
  { execution_id: executionId, intent_sha256: own }: PhaseAttempt,
  signal: AbortSignal,
): Promise<Whose> {
  const { evidence } = environment;
  const key = intentKey(environment, executionId);
  const prefix = runControlPrefix(environment.name, executionId);
  const isOwn = (content: Uint8Array | undefined): content is Uint8Array =>
    content !== undefined && sha256Of(content) === own;
  const found = await evidence.get(key, signal);
  if (isOwn(found)) return { kind: 'own', intent: found };
  const isBegun = await holdsMore(environment, prefix, key, signal);
  // Looked for again: what was begun meanwhile has one by now.
  const put = await evidence.get(key, signal);
  if (isOwn(put)) return { kind: 'own', intent: put };
  if (put === undefined && !isBegun) return { kind: 'not-started' };
  const commit = await readCommit(evidence, prefix, signal);
  const sealed =
    commit === undefined
      ? undefined
      : await readBundleItem(evidence, prefix, commit, 'data/intent.json', signal);
  if (isOwn(sealed)) return { kind: 'own', intent: sealed };
  const other = parseEvidence(commit === undefined ? put : sealed, intentSchema);
  if (other?.execution_id === executionId) return { kind: 'not-started' };
  return { kind: 'broken', why: `what ${executionId} was launched with is gone, or was changed: ${key}` };
}

async function holdsMore(
  { evidence }: OperatorEnvironment,
  prefix: string,
  key: string,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const item of evidence.list(prefix, signal)) if (item.key !== key) return true;
  return false;
}

const startedSchema = z.looseObject({
  schema: z.literal('fraud-platform/launch-started/v1'),
  execution_id: executionIdSchema,
  started_at: instantSchema,
});

/** When an execution that is not sealed was started: by its record, or the first of its tasks; `undefined`: nobody says. */
export async function knownStart(
  { name, evidence }: OperatorEnvironment,
  executionId: ExecutionId,
  signal: AbortSignal,
): Promise<Instant | undefined> {
  const prefix = runControlPrefix(name, executionId);
  const record = parseEvidence(
    await evidence.get(`${prefix}execution-record.json`, signal),
    executionRecordSchema,
  );
  if (record?.execution_id === executionId) return record.started_at;
  let first: Instant | undefined;
  for await (const { key } of evidence.list(`${prefix}launches/`, signal)) {
    if (!key.endsWith('/started.json')) continue;
    const started = parseEvidence(await evidence.get(key, signal), startedSchema);
    if (started?.execution_id !== executionId) continue;
    if (first === undefined || started.started_at < first) first = started.started_at;
  }
  return first;
}
