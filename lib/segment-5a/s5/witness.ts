import { createRowHasher } from './row-hasher.ts';

/** A merchant-zone whose rows take part in the sample. */
export type WitnessPair = {
  readonly merchantId: bigint;
  readonly country: string;
  readonly tzid: string;
  readonly channelGroup: string;
};

/** A sampled row; `hash64` is the first 8 bytes of the SHA-256 of its message, big-endian. */
export type WitnessRow = { readonly pair: number; readonly h: number; readonly hash64: bigint };

/** The reference's message up to the merchant. */
export function witnessPrefix(fingerprint: string, parameterHash: string, scenarioId: string): string {
  return `5A.S5.recompose|${fingerprint}|${parameterHash}|${scenarioId}|`;
}

export function witnessMessage(prefix: string, pair: WitnessPair, h: number): string {
  return `${prefix}${pairKey(pair)}|${h}`;
}

const pairKey = ({ merchantId, country, tzid, channelGroup }: WitnessPair) =>
  `${merchantId}|${country}|${tzid}|${channelGroup}`;

/**
 * The `size` rows of smallest hash over every merchant-zone and bucket, ascending; ties by merchant (as
 * text), zone key and bucket. Depends on keys alone, so that nobody chooses what people get to see.
 */
export function bottomSample(
  pairs: readonly WitnessPair[],
  buckets: number,
  prefix: string,
  size: number,
): readonly WitnessRow[] {
  let kept: WitnessRow[] = [];
  let limit = 0xffff_ffff;
  const order = (one: WitnessRow, other: WitnessRow) => compareRows(pairs, one, other);
  const hasher = createRowHasher(prefix, buckets);
  for (const [index, pair] of pairs.entries()) {
    // The upper half decides nearly always; few rows need the number itself.
    hasher.each(`${pairKey(pair)}|`, limit, (h, high, low) => {
      kept.push({ pair: index, h, hash64: (BigInt(high) << 32n) | BigInt(low) });
      if (kept.length < size * 4) return limit;
      kept = kept.sort(order).slice(0, size);
      limit = Number((kept.at(-1)?.hash64 ?? 0n) >> 32n);
      return limit;
    });
  }
  return kept.sort(order).slice(0, size);
}

/** Merges samples of disjoint pairs; associative, so that partitions may be joined in any order. */
export function compareRows(pairs: readonly WitnessPair[], one: WitnessRow, other: WitnessRow): number {
  if (one.hash64 !== other.hash64) return one.hash64 < other.hash64 ? -1 : 1;
  const [left, right] = [pairs[one.pair], pairs[other.pair]];
  if (left === undefined || right === undefined || one.pair === other.pair) return one.h - other.h;
  const texts = [
    [String(left.merchantId), String(right.merchantId)],
    [pairKey(left), pairKey(right)],
  ] as const;
  for (const [a, b] of texts) if (a !== b) return a < b ? -1 : 1;
  return one.h - other.h;
}
