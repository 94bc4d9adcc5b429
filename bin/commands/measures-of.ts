import type { RunMeasures } from '../../lib/gates/closure/run-measures.ts';
import { readRunMeasures } from '../../lib/segment-5a/frame/run-measures.ts';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import type { CommandContext } from './command-context.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { runsRootOf } from './runs-place.ts';

/** Where runs are looked for. */
export type MeasuresPlace = { readonly runsRoot?: string };

/** What scorers know of a run. Throws what `readRunMeasures` throws, and `IDENTIFIER_MALFORMED` (64). */
export function measuresOf(
  context: CommandContext,
  run: string,
  { runsRoot }: MeasuresPlace,
): Promise<RunMeasures> {
  return readRunMeasures(
    runsRootOf(runsRoot),
    parseIdentifier(segmentRunIdSchema, run, '<run>'),
    context.signal,
  );
}
