import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketWindow, eventCurve, scopeRank } from '../../../../lib/segment-5a/laws/event-curve.ts';

const horizon = { startMinute: 1_000 * 60, bucketMinutes: 60, buckets: 48 };
const at = (hours: number) => (1_000 + hours) * 60;

test('windows round outwards and must lie in the horizon', () => {
  assert.deepEqual(bucketWindow(at(1.5), at(3.25), horizon), { first: 1, end: 4 });
  assert.deepEqual(bucketWindow(at(0), at(48), horizon), { first: 0, end: 48 });
  assert.equal(bucketWindow(at(-0.5), at(2), horizon), undefined);
  assert.equal(bucketWindow(at(40), at(48.5), horizon), undefined);
  assert.equal(bucketWindow(at(5), at(5), horizon), undefined);
  assert.equal(bucketWindow(at(6), at(5), horizon), undefined);
});

test('a ramp climbs to its peak, stays, and ends at exactly 1', () => {
  const curve = eventCurve({ shape: 'ramp', peak: 2, rampIn: 2, rampOut: 2 }, 6);
  assert.deepEqual([...curve], [1.5, 2, 2, 2, 1.5, 1]);
});

test('ramps that do not fit are shortened, the way in first served', () => {
  assert.deepEqual([...eventCurve({ shape: 'ramp', peak: 3, rampIn: 2, rampOut: 9 }, 4)], [2, 3, 2, 1]);
  assert.deepEqual([...eventCurve({ shape: 'ramp', peak: 3, rampIn: 9, rampOut: 9 }, 2)], [2, 3]);
});

test('a constant event has its amplitude everywhere', () => {
  assert.deepEqual([...eventCurve({ shape: 'constant', amplitude: 0.05 }, 3)], [0.05, 0.05, 0.05]);
});

test('a ramp stays between 1 and its peak', () => {
  const law = fc.record({
    shape: fc.constant('ramp' as const),
    peak: fc.double({ min: 0, max: 5, noNaN: true }),
    rampIn: fc.integer({ min: 0, max: 48 }),
    rampOut: fc.integer({ min: 0, max: 48 }),
  });
  fc.assert(
    fc.property(law, fc.integer({ min: 1, max: 100 }), (ramp, length) => {
      const curve = eventCurve(ramp, length);
      assert.equal(curve.length, length);
      const [low, high] = [Math.min(1, ramp.peak) - 1e-9, Math.max(1, ramp.peak) + 1e-9];
      assert.ok(curve.every((factor) => factor >= low && factor <= high));
    }),
  );
});

test('a merchant is more specific than any number of other predicates', () => {
  assert.ok(scopeRank(1, true) > scopeRank(3, false));
  assert.equal(scopeRank(0, false), 0);
});
