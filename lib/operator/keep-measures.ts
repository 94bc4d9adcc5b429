import { runControlPrefix, runScopedPrefix } from '../../config/names.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { standingOfMeasures } from '../gates/burst/published.ts';
import { fail } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId } from '../vocabulary/identifiers.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

const measuresName = 'burst-measures.json';

/** Measures of a burst as they are kept: today's, or those of an earlier version where they say the same. */
export async function measuresAsKept(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  today: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const key = `${runControlPrefix(environment.name, executionId)}${measuresName}`;
  const kept = await environment.evidence.get(key, signal);
  return kept !== undefined && standingOfMeasures(kept, today) === 'same' ? kept : today;
}

/**
 * Keeps measures beside the evidence of a burst, in both roots. Returns the keys where an earlier version, which measured
 * by another law, has kept others: they stay. Throws `BURST_MEASURES_CONFLICT` (73) for what no version has measured.
 */
export async function keepMeasures(
  { name, evidence }: OperatorEnvironment,
  executionId: ExecutionId,
  runId: RunId,
  measures: Uint8Array,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const earlier: string[] = [];
  for (const prefix of [runControlPrefix(name, executionId), runScopedPrefix(runId, executionId)]) {
    const key = `${prefix}${measuresName}`;
    const published = await publishObject(evidence, key, measures, signal);
    if (published.kind !== 'conflict') continue;
    const kept = await evidence.get(key, signal);
    const standing = kept === undefined ? 'other' : standingOfMeasures(kept, measures);
    if (standing === 'other') refuseOther(key);
    if (standing === 'earlier') earlier.push(key);
  }
  return earlier;
}

function refuseOther(key: string): never {
  return fail({
    exit: 'conflict',
    code: 'BURST_MEASURES_CONFLICT',
    message: 'other measures of this burst were kept before',
    where: key,
    remedy: 'Compare both with the task records and results: one was not computed from them.',
  });
}
