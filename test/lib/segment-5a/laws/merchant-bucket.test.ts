import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bucketsOfPartition,
  merchantBucket,
  merchantBucketLabel,
  merchantBuckets,
} from '../../../../lib/segment-5a/laws/merchant-bucket.ts';

test('merchants spread over all buckets, ids beyond 2^53 included', () => {
  const counts = new Array<number>(merchantBuckets).fill(0);
  for (let i = 0n; i < 4_000n; i += 1n) {
    const bucket = merchantBucket(2n ** 63n + i);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  assert.ok(
    counts.every((count) => count > 400 && count < 600),
    counts.join(','),
  );
});

test('two ids that a double cannot tell apart may fall into different buckets', () => {
  const buckets = Array.from({ length: 16 }, (_, i) => merchantBucket(2n ** 60n + BigInt(i)));
  assert.ok(new Set(buckets).size > 1);
});

test('partitions are disjoint and complete, for any number of them', () => {
  for (const count of [1, 2, 3, 8]) {
    const all = Array.from({ length: count }, (_, index) => bucketsOfPartition(index, count)).flat();
    assert.deepEqual(
      all.toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  }
});

test('labels have two digits', () => {
  assert.equal(merchantBucketLabel(7), '07');
});
