import {
  judgeTargets,
  type Ratios,
  ratiosOf,
  type Sample,
  type SideSummary,
  summariseSide,
  type TargetVerdict,
} from './compare.ts';
import type { Bench } from './definition.ts';
import { measure } from './measure.ts';

export type BenchResult = {
  readonly bench: string;
  readonly what: string;
  readonly rounds: number;
  readonly subject: { readonly label: string } & SideSummary;
  readonly alternatives: readonly ({ readonly label: string } & SideSummary & Ratios)[];
  readonly targets: readonly TargetVerdict[];
};

/**
 * One unmeasured run of each side, unless the bench is warm, then rounds of one run each. Every round starts
 * with another side, so that none always finds the caches as a certain other left them. Closes the bench
 * also when the signal aborts, and throws its reason.
 */
export async function runBench(
  bench: Bench,
  usualRounds: number,
  progress: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<BenchResult> {
  const rounds = Math.min(bench.runs ?? usualRounds, usualRounds);
  progress('preparing');
  const { subject, alternatives, close } = await bench.open(signal);
  try {
    const sides = [subject, ...alternatives].map((side) => ({ side, samples: [] as Sample[] }));
    if (bench.warm !== true) {
      progress('warm-up');
      for (const { side } of sides) await measure(side, signal);
    }
    for (let round = 0; round < rounds; round += 1) {
      const first = round % sides.length;
      for (const { side, samples } of [...sides.slice(first), ...sides.slice(0, first)]) {
        const sample = await measure(side, signal);
        samples.push(sample);
        progress(`round ${round + 1} of ${rounds}: ${side.label} ${sample.wallSeconds.toFixed(3)} s`);
      }
    }
    const [own = { side: subject, samples: [] }, ...others] = sides;
    const summary = summariseSide(own.samples);
    const beside = others.map(({ side, samples }) => ({
      label: side.label,
      ...summariseSide(samples),
      ...ratiosOf(own.samples, samples),
    }));
    return {
      bench: bench.name,
      what: bench.what,
      rounds,
      subject: { label: subject.label, ...summary },
      alternatives: beside,
      targets: judgeTargets(bench.targets, summary, beside),
    };
  } finally {
    await close();
  }
}
