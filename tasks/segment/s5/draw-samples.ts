import type { StateContext } from '../../../lib/segment-5a/frame/states.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import { type WitnessPair, type WitnessRow, witnessPrefix } from '../../../lib/segment-5a/s5/witness.ts';
import { sampleRows } from '../../../lib/segment-5a/s5/witness-pool.ts';

/**
 * Begins to draw the sample of every scenario: it depends on keys alone, so that other threads take it while
 * the engine compares the rows; one after the other, as each takes all threads that there are. What keeps one
 * from being drawn is told to whoever asks for it.
 */
export function drawSamples(
  { run, policies, signal }: StateContext,
  pairs: readonly WitnessPair[],
  scenarios: ReadonlyMap<ScenarioId, { readonly buckets: number }>,
): ReadonlyMap<ScenarioId, Promise<readonly WitnessRow[]>> {
  let before: Promise<unknown> = Promise.resolve();
  return new Map(
    Array.from(scenarios, ([scenarioId, { buckets }]) => {
      const prefix = witnessPrefix(run.manifestFingerprint, run.parameterHash, scenarioId);
      const drawn = before.then(() => {
        signal.throwIfAborted();
        return sampleRows(pairs, buckets, prefix, policies.validation.witness_rows);
      });
      before = drawn.catch(() => undefined);
      return [scenarioId, drawn] as const;
    }),
  );
}
