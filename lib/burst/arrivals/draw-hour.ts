import { hash } from 'node:crypto';
import type { ArrivalPair } from './surface-blocks.ts';

/** What arrivals are drawn from, apart from the intensities: a stream belongs to a world and its policies. */
export type ArrivalIdentity = {
  readonly manifestFingerprint: string;
  readonly parameterHash: string;
  readonly scenarioId: string;
};

/** Arrivals of one hour in time order: `pair` and `ordinal` within its pair and hour, `micros` from the hour's start. */
export type HourOfArrivals = {
  readonly count: number;
  readonly micros: Float64Array;
  readonly pair: Uint32Array;
  readonly ordinal: Uint32Array;
};

const hourMicros = 3_600_000_000;

/**
 * The arrivals of one hour: for each merchant-zone a Poisson process at its intensity, made of
 * exponential gaps, from a generator that is seeded with the hash of what is drawn. So a stream depends
 * on world, policies and scenario alone, whoever draws it and however many lanes share it. Arrivals of
 * the same microsecond are in the order of their merchant-zones.
 *
 * `lambdaAt(pair)` is the expected number of arrivals in the hour. `hour` counts from the horizon's start.
 */
export function drawHour(
  identity: ArrivalIdentity,
  pairs: readonly ArrivalPair[],
  hour: number,
  lambdaAt: (pair: number) => number,
): HourOfArrivals {
  const { manifestFingerprint, parameterHash, scenarioId } = identity;
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
      hash('sha256', `${prefix}${merchantId}|${country}|${tzid}|${channelGroup}|${hour}`, 'buffer'),
    );
    const meanGap = hourMicros / lambda;
    let at = -Math.log(next()) * meanGap;
    for (let ordinal = 0; at < hourMicros; ordinal += 1) {
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
      if (count >= orderRange) throw new Error(`more than ${orderRange} arrivals in one hour`);
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
