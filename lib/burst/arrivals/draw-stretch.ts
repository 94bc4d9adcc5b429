import { hash } from 'node:crypto';
import type { ArrivalPair } from './surface-blocks.ts';

/** What arrivals are drawn from, apart from the intensities: a stream belongs to a world and its policies. */
export type ArrivalIdentity = {
  readonly manifestFingerprint: string;
  readonly parameterHash: string;
  readonly scenarioId: string;
};

/**
 * A piece of the horizon in which every intensity stays the same, an hour at most. `index` counts pieces of
 * this length from the horizon's start.
 */
export type Stretch = { readonly index: number; readonly minutes: number };

/** Arrivals of one stretch in time order: `pair` and `ordinal` within its pair and stretch, `micros` from its start. */
export type ArrivalsOfStretch = {
  readonly count: number;
  readonly micros: Float64Array;
  readonly pair: Uint32Array;
  readonly ordinal: Uint32Array;
};

const minuteMicros = 60_000_000;
const longestStretch = 60;

/**
 * Minutes of the stretches that a bucket of the surface is drawn in: the most that divide it and are no more
 * than an hour, so that neither memory nor the order of drawing depends on how long a team's buckets are.
 */
export function stretchMinutes(bucketMinutes: number): number {
  let minutes = Math.min(bucketMinutes, longestStretch);
  while (bucketMinutes % minutes !== 0) minutes -= 1;
  return minutes;
}

/**
 * The arrivals of one stretch: for each merchant-zone a Poisson process at its intensity, made of
 * exponential gaps, from a generator that is seeded with the hash of what is drawn. So a stream depends
 * on world, policies and scenario alone, whoever draws it and however many lanes share it. Arrivals of
 * the same microsecond are in the order of their merchant-zones.
 *
 * `lambdaAt(pair)` is the expected number of arrivals in the stretch.
 */
export function drawStretch(
  identity: ArrivalIdentity,
  pairs: readonly ArrivalPair[],
  { index: stretch, minutes }: Stretch,
  lambdaAt: (pair: number) => number,
): ArrivalsOfStretch {
  const { manifestFingerprint, parameterHash, scenarioId } = identity;
  const stretchMicros = minutes * minuteMicros;
  const prefix = `5A.arrivals|${manifestFingerprint}|${parameterHash}|${scenarioId}|`;
  let capacity = 1_024;
  // One double holds both: the microsecond and, below it, the order of drawing; sorting it sorts both.
  let keys = new Float64Array(capacity);
  let owners = new Uint32Array(capacity);
  let ordinals = new Uint32Array(capacity);
  let count = 0;
  for (const [index, pair] of pairs.entries()) {
    const lambda = lambdaAt(index);
    if (!(lambda > 0)) continue;
    const { merchantId, country, tzid, channelGroup } = pair;
    const next = createGenerator(
      hash('sha256', `${prefix}${merchantId}|${country}|${tzid}|${channelGroup}|${stretch}`, 'buffer'),
    );
    const meanGap = stretchMicros / lambda;
    let at = -Math.log(next()) * meanGap;
    for (let ordinal = 0; at < stretchMicros; ordinal += 1) {
      if (count === capacity) {
        capacity *= 2;
        keys = grown(keys, new Float64Array(capacity));
        owners = grown(owners, new Uint32Array(capacity));
        ordinals = grown(ordinals, new Uint32Array(capacity));
      }
      keys[count] = Math.floor(at) * orderRange + count;
      owners[count] = index;
      ordinals[count] = ordinal;
      count += 1;
      if (count >= orderRange)
        throw new Error(`more than ${orderRange} arrivals in one stretch of ${minutes} minutes`);
      at -= Math.log(next()) * meanGap;
    }
  }
  const sorted = keys.subarray(0, count).sort();
  const micros = new Float64Array(count);
  const pair = new Uint32Array(count);
  const ordinal = new Uint32Array(count);
  for (let place = 0; place < count; place += 1) {
    const key = sorted[place] ?? 0;
    const drawn = key % orderRange;
    micros[place] = (key - drawn) / orderRange;
    pair[place] = owners[drawn] ?? 0;
    ordinal[place] = ordinals[drawn] ?? 0;
  }
  return { count, micros, pair, ordinal };
}

/** An hour has 3.6 · 10^9 microseconds; times this it still fits the 53 bits of a double. */
const orderRange = 2 ** 21;

function grown<Values extends Float64Array | Uint32Array>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}

/**
 * Doubles in (0, 1] from a seed of at least 16 bytes: the small fast counter generator sfc32 (Chris
 * Doty-Humphrey, PractRand), whose state is three words and a counter. Whole 32-bit arithmetic, the
 * same everywhere.
 */
export function createGenerator(seed: Uint8Array): () => number {
  const words = new DataView(seed.buffer, seed.byteOffset, 16);
  let a = words.getUint32(0) | 0;
  let b = words.getUint32(4) | 0;
  let c = words.getUint32(8) | 0;
  let counter = words.getUint32(12) | 1;
  const step = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  // The words of the seed come through only after some rounds.
  for (let round = 0; round < 12; round += 1) step();
  return () => (step() + 1) / 2 ** 32;
}
