import { fail } from '../vocabulary/failure.ts';

/** More questions than this in one watch are a mistake in the units. */
const mostSamples = 10_000;

/**
 * When to ask, in milliseconds from the start: at once, at every interval, and at the very end, so that the
 * last sample shows the boundary and not some moment before it. Pure. Throws `WATCH_INVALID` (64).
 */
export function sampleTimes(everyMillis: number, forMillis: number): readonly number[] {
  const samples = Math.ceil(forMillis / everyMillis) + 1;
  if (!(everyMillis >= 1_000) || forMillis < everyMillis || samples > mostSamples) {
    fail({
      exit: 'usage',
      code: 'WATCH_INVALID',
      message: `a watch asks at most once a second, at least twice and at most ${mostSamples} times`,
      where: '--watch',
      value: `${everyMillis} ms for ${forMillis} ms`,
      remedy: 'Give, for example, --watch 30s --for 10m.',
    });
  }
  return Array.from({ length: samples }, (_, sample) => Math.min(sample * everyMillis, forMillis));
}
