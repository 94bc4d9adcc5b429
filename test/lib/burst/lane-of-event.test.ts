import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { laneOfEvent } from '../../../lib/burst/lane-of-event.ts';

test('golden: ids of arrivals go by their digits, others by the digits of their hash', () => {
  assert.equal(laneOfEvent(`0000000b${'0'.repeat(56)}`, 4), 3);
  assert.equal(laneOfEvent(`ffffffff${'0'.repeat(56)}`, 7), 0xffffffff % 7);
  // SHA-256 of "event-1" begins with ce36863f.
  assert.equal(laneOfEvent('event-1', 40), 0xce36863f % 40);
});

test('property: every event has one lane, and it is the same one for every reader', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 40 }), (id, lanes) => {
      const lane = laneOfEvent(id, lanes);
      assert.ok(Number.isInteger(lane) && lane >= 0 && lane < lanes);
      assert.equal(laneOfEvent(id, 1), 0);
    }),
  );
});

test('lanes get about the same', () => {
  const counts = new Array<number>(8).fill(0);
  for (let event = 0; event < 80_000; event += 1) {
    const lane = laneOfEvent(`event-${event}`, 8);
    counts[lane] = (counts[lane] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, counts.join(' '));
});
