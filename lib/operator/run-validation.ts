import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { launchResultSchema } from '../runtime/result.ts';
import { type SegmentOutput, segmentOutputSchema } from '../segment-5a/frame/segment-output.ts';
import { stateNames } from '../segment-5a/frame/states.ts';
import { summariseRun } from '../segment-5a/frame/summarise-run.ts';
import { checkIds } from '../segment-5a/vocabulary.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';

/** The validation bundle of a whole run of the data engine, or why the sealed results tell of none. */
export type RunValidation = { readonly validation: Sha256 } | { readonly unvalidated: string };

/**
 * The validation that an execution of the data engine sealed, by the results of its launches: of every state of one
 * run, of all scenarios of its world, and by every check that there is. Pure.
 */
export function runValidationIn(files: ReadonlyMap<string, Uint8Array>): RunValidation {
  const outputs = [...files].flatMap(([path, content]): readonly SegmentOutput[] => {
    if (!/^launches\/[^/]+\/\d+\/result\.json$/.test(path)) return [];
    const result = parseEvidence(content, launchResultSchema);
    if (result?.outcome !== 'done') return [];
    const { data } = segmentOutputSchema.safeParse(result.output);
    return data === undefined ? [] : [data];
  });
  const summary = summariseRun(outputs);
  const done = new Set(summary?.states.map(({ state }) => state));
  if (summary?.bundleDigest === undefined || !stateNames.every((state) => done.has(state))) {
    return { unvalidated: 'no validation of every state is sealed with it' };
  }
  const missing = checkIds.filter((id) => summary.checks[id] === undefined);
  if (missing.length > 0) {
    const what = `${missing.length} of ${checkIds.length} checks, as ${missing[0]}`;
    return {
      unvalidated: `it was judged by fewer checks than there are, without ${what}: run the segment again`,
    };
  }
  for (const { scenarios } of outputs) {
    if (scenarios === undefined) {
      return { unvalidated: 'it does not say of which scenarios it is: run the segment again' };
    }
    const without = scenarios.world.filter((id) => !scenarios.run.includes(id));
    if (without.length > 0) {
      return {
        unvalidated: `it is of ${scenarios.run.join(', ')} alone, without ${without.join(', ')} of its world`,
      };
    }
  }
  return { validation: summary.bundleDigest };
}
