import type { Summary } from '../compare.ts';
import { type RatioMeasure, ratioMeasures } from '../definition.ts';
import type { RecordedResult } from './record.ts';

/** Runs on the same machine differ by this much whatever they are; a narrower spread is luck. */
const leastNoise = 0.1;

export type HeldRatio = {
  readonly bench: string;
  readonly beside: string;
  readonly measure: RatioMeasure;
  readonly before: Summary;
  readonly after: Summary;
  readonly holds: boolean;
};

/**
 * Every ratio that was measured twice, and whether it is the same within its noise: one median lies between
 * the smallest and the largest ratio of the other's rounds, or within a tenth of its median. Pure.
 */
export function holdRatios(
  before: readonly RecordedResult[],
  after: readonly RecordedResult[],
): readonly HeldRatio[] {
  return after.flatMap(({ bench, alternatives }) => {
    const earlier = before.find((one) => one.bench === bench);
    return alternatives.flatMap((alternative) => {
      const same = earlier?.alternatives.find(({ label }) => label === alternative.label);
      return ratioMeasures.flatMap((measure): readonly HeldRatio[] => {
        const [was, is] = [same?.[measure], alternative[measure]];
        if (was === undefined || is === undefined) return [];
        const holds = within(is.median, was) || within(was.median, is);
        return [{ bench, beside: alternative.label, measure, before: was, after: is, holds }];
      });
    });
  });
}

function within(value: number, { median, min, max }: Summary): boolean {
  return (
    value >= Math.min(min, median * (1 - leastNoise)) && value <= Math.max(max, median * (1 + leastNoise))
  );
}
