import type { Measure, Target } from './definition.ts';

/** One run of one side. CPU and memory are unknown where the system does not show them. */
export type Sample = {
  readonly wallSeconds: number;
  readonly cpuSeconds: number | undefined;
  readonly peakBytes: number | undefined;
  /** What the side itself measured, if it did. */
  readonly measured?: number;
};

/** `mad` is the median distance from the median: half of the runs lie within it. */
export type Summary = {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly mad: number;
};

export type Comparison = Readonly<Record<Measure, Summary | undefined>>;

export type TargetVerdict = Target & {
  readonly value: number | undefined;
  readonly verdict: 'PASS' | 'MISS';
};

/** Middle value; the mean of the two middle ones of an even number. `undefined` for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** `undefined` when there is nothing to summarise, or when one of the runs has no value. */
export function summarise(values: readonly (number | undefined)[]): Summary | undefined {
  const known = values.filter((value) => value !== undefined);
  const middle = median(known);
  if (middle === undefined || known.length !== values.length) return undefined;
  return {
    runs: known.length,
    median: middle,
    min: Math.min(...known),
    max: Math.max(...known),
    mad: median(known.map((value) => Math.abs(value - middle))) ?? 0,
  };
}

/**
 * Summaries of one side and, where there are as many runs of the other, of the ratios of the pairs. Runs
 * of a pair follow each other, so what slows the machine for a while slows both and leaves their ratio.
 */
export function compare(subject: readonly Sample[], alternative: readonly Sample[] = []): Comparison {
  const paired = alternative.length === subject.length;
  return {
    wallSeconds: summarise(subject.map((sample) => sample.wallSeconds)),
    cpuSeconds: summarise(subject.map((sample) => sample.cpuSeconds)),
    peakBytes: summarise(subject.map((sample) => sample.peakBytes)),
    measured: subject.some(({ measured }) => measured !== undefined)
      ? summarise(subject.map(({ measured }) => measured))
      : undefined,
    ratio: paired
      ? summarise(subject.map((sample, run) => quotient(sample.wallSeconds, alternative[run]?.wallSeconds)))
      : undefined,
    peakRatio: paired
      ? summarise(subject.map((sample, run) => quotient(sample.peakBytes, alternative[run]?.peakBytes)))
      : undefined,
  };
}

function quotient(numerator: number | undefined, denominator: number | undefined): number | undefined {
  return numerator === undefined || denominator === undefined || denominator === 0
    ? undefined
    : numerator / denominator;
}

/** Medians against targets. What could not be measured is a MISS: unknown is never a pass. */
export function judgeTargets(targets: readonly Target[], comparison: Comparison): readonly TargetVerdict[] {
  return targets.map((target) => {
    const value = comparison[target.measure]?.median;
    return { ...target, value, verdict: value !== undefined && value <= target.atMost ? 'PASS' : 'MISS' };
  });
}
