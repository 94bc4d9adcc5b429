import { runScopeKey } from '../../config/names.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { type RunId, runIdAt } from '../vocabulary/identifiers.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/**
 * Records that a run scope exists, once: `published` the first time, `identical` after that. The
 * record holds no clock but the one in the id, so that everyone records the same bytes.
 */
export async function recordRunScope(
  environment: OperatorEnvironment,
  runId: RunId,
  signal: AbortSignal,
): Promise<'published' | 'identical'> {
  const content = canonicalBytes({ schema: 'fraud-platform/run-scope/v1', run_id: runId });
  const outcome = await publishObject(environment.evidence, runScopeKey(runId), content, signal);
  if (outcome.kind === 'conflict') throw new Error(`${runScopeKey(runId)} is not the record of a run scope`);
  return outcome.kind;
}

/** Records the first run scope from `now` (milliseconds since the epoch) on that nobody has recorded yet. */
export async function mintRunScope(
  environment: OperatorEnvironment,
  now: number,
  signal: AbortSignal,
): Promise<RunId> {
  for (let millis = now; ; millis += 1_000) {
    const runId = runIdAt(millis);
    if ((await recordRunScope(environment, runId, signal)) === 'published') return runId;
  }
}
