import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distributionOf } from '../../../../lib/segment-5a/frame/quantiles.ts';

test('quantiles are those of the sorted numbers, zeros and all', () => {
  const numbers = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(numbers, (values) => {
      const sorted = Float64Array.from(values).sort();
      const at = (q: number) => sorted[Math.round((sorted.length - 1) * q)];
      const found = distributionOf(Float64Array.from(values));
      // -0 and 0 are one number here.
      assert.deepEqual(
        [found.minimum, found.median, found.p95, found.p99, found.maximum].map((value) => value + 0),
        [at(0), at(0.5), at(0.95), at(0.99), at(1)].map((value) => (value ?? 0) + 0),
      );
    }),
  );
});

test('no numbers have a distribution of zeros', () => {
  assert.equal(distributionOf(new Float64Array(0)).maximum, 0);
});
