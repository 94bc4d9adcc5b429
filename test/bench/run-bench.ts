import { type Comparison, compare, judgeTargets, type Sample, type TargetVerdict } from './compare.ts';
import type { Bench } from './definition.ts';
import { measure } from './measure.ts';

export type BenchResult = {
  readonly bench: string;
  readonly what: string;
  readonly subject: { readonly label: string } & Comparison;
  readonly alternative: ({ readonly label: string } & Comparison) | undefined;
  readonly targets: readonly TargetVerdict[];
};

/**
 * One unmeasured run of each side, then `runs` pairs. Every second pair starts with the alternative, so
 * that neither side always finds the caches as the other left them.
 */
export async function runBench(
  bench: Bench,
  usualRuns: number,
  progress: (line: string) => void,
): Promise<BenchResult> {
  const runs = bench.runs ?? usualRuns;
  const { subject, alternative, close } = await bench.open();
  try {
    const samples = { subject: [] as Sample[], alternative: [] as Sample[] };
    const sides = [
      { side: subject, into: samples.subject },
      ...(alternative === undefined ? [] : [{ side: alternative, into: samples.alternative }]),
    ];
    if (bench.runs === undefined) {
      progress('warm-up');
      for (const { side } of sides) await measure(side);
    }
    for (let run = 0; run < runs; run += 1) {
      for (const { side, into } of run % 2 === 0 ? sides : sides.toReversed()) {
        const sample = await measure(side);
        into.push(sample);
        progress(`run ${run + 1} of ${runs}: ${side.label} ${sample.wallSeconds.toFixed(3)} s`);
      }
    }
    const compared = compare(samples.subject, alternative === undefined ? undefined : samples.alternative);
    return {
      bench: bench.name,
      what: bench.what,
      subject: { label: subject.label, ...compared },
      alternative:
        alternative === undefined ? undefined : { label: alternative.label, ...compare(samples.alternative) },
      targets: judgeTargets(bench.targets, compared),
    };
  } finally {
    await close();
  }
}
