import type { RatioMeasure, SideMeasure, Target } from './definition.ts';

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

export type SideSummary = { readonly [Each in SideMeasure]?: Summary | undefined };
export type Ratios = { readonly [Each in RatioMeasure]?: Summary | undefined };

export type TargetVerdict = Omit<Target, 'beside'> & {
  readonly beside?: string | undefined;
  readonly value?: number | undefined;
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

export function summariseSide(samples: readonly Sample[]): SideSummary {
  return {
    wallSeconds: summarise(samples.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: summarise(samples.map(({ cpuSeconds }) => cpuSeconds)),
    peakBytes: summarise(samples.map(({ peakBytes }) => peakBytes)),
    measured: summarise(samples.map(({ measured }) => measured)),
  };
}

/**
 * Ratios of the runs of one round. They follow each other, so what slows the machine for a while slows both
 * and leaves their ratio. Unknown where the sides have not as many runs.
 */
export function ratiosOf(subject: readonly Sample[], alternative: readonly Sample[]): Ratios {
  const paired = alternative.length === subject.length;
  const ratio = (of: (sample: Sample) => number | undefined) =>
    paired ? summarise(subject.map((sample, run) => quotient(of(sample), alternative[run], of))) : undefined;
  return {
    wallRatio: ratio(({ wallSeconds }) => wallSeconds),
    cpuRatio: ratio(({ cpuSeconds }) => cpuSeconds),
    peakRatio: ratio(({ peakBytes }) => peakBytes),
  };
}

function quotient(
  numerator: number | undefined,
  alternative: Sample | undefined,
  of: (sample: Sample) => number | undefined,
): number | undefined {
  const denominator = alternative === undefined ? undefined : of(alternative);
  return numerator === undefined || denominator === undefined || denominator === 0
    ? undefined
    : numerator / denominator;
}

/**
 * Medians against targets, a ratio's the largest of those that it is about. What could not be measured is a
 * MISS: unknown is never a pass.
 */
export function judgeTargets(
  targets: readonly Target[],
  subject: SideSummary,
  alternatives: readonly (Ratios & { readonly label: string })[],
): readonly TargetVerdict[] {
  return targets.map((target) => {
    const { measure, atMost, beside } = target;
    const value =
      measure === 'wallRatio' || measure === 'cpuRatio' || measure === 'peakRatio'
        ? largest(
            alternatives
              .filter(({ label }) => beside === undefined || label === beside)
              .map((ratios) => ratios[measure]?.median),
          )
        : subject[measure]?.median;
    return { ...target, value, verdict: value !== undefined && value <= atMost ? 'PASS' : 'MISS' };
  });
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 || known.length !== values.length ? undefined : Math.max(...known);
}
