import { u64Of } from '../draw.ts';

/**
 * The large tables are cut into this many files by a hash of the merchant, always: a partition of the
 * work takes whole buckets, so that bytes do not depend on how many tasks ran. Eight gives files of a
 * few dozen MiB at full scale and up to eight tasks side by side.
 */
export const merchantBuckets = 8;

/** Bucket of a merchant, 0 … 7. Depends on the id alone, never on the policies or the world. */
export function merchantBucket(merchantId: bigint): number {
  return Number(u64Of(`5A.mbucket|${merchantId}`) % BigInt(merchantBuckets));
}

/** The bucket as it stands in a path: `00` … `07`. */
export function merchantBucketLabel(bucket: number): string {
  return String(bucket).padStart(2, '0');
}

/** The buckets of partition `index` of `count`: every count-th, so that they are disjoint and complete. */
export function bucketsOfPartition(index: number, count: number): readonly number[] {
  return Array.from({ length: merchantBuckets }, (_, bucket) => bucket).filter(
    (bucket) => bucket % count === index,
  );
}
