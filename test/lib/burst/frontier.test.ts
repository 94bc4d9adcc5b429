import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Frontier } from '../../../lib/burst/frontier.ts';

/** Consecutive ranges from `start`, and an order in which their answers arrive. */
const answered = fc
  .record({
    start: fc.nat(1_000),
    lengths: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 40 }),
  })
  .chain(({ start, lengths }) => {
    let from = start;
    const ranges = lengths.map((length) => {
      const range = { from, to: from + length };
      from = range.to;
      return range;
    });
    return fc.record({
      start: fc.constant(start),
      ranges: fc.constant(ranges),
      order: fc.shuffledSubarray(ranges, { minLength: ranges.length, maxLength: ranges.length }),
    });
  });

test('property: the frontier is the end of the answered beginning, whatever order answers come in', () => {
  fc.assert(
    fc.property(answered, ({ start, ranges, order }) => {
      const frontier = new Frontier(start);
      const known = new Set<number>();
      for (const { from, to } of order) {
        const before = frontier.at;
        frontier.acknowledge(from, to);
        known.add(from);
        let expected = start;
        for (const range of ranges) {
          if (!known.has(range.from)) break;
          expected = range.to;
        }
        assert.equal(frontier.at, expected);
        assert.ok(frontier.at >= before, 'it never goes back');
        const beyond = ranges.filter((range) => known.has(range.from) && range.from >= expected);
        assert.equal(frontier.waiting, beyond.length, 'what is answered beyond a gap is remembered, no more');
      }
      assert.equal(frontier.waiting, 0);
    }),
  );
});

test('property: an answer that never comes holds the frontier where it is', () => {
  fc.assert(
    fc.property(answered, fc.nat(), ({ start, ranges, order }, pick) => {
      const missing = ranges[pick % ranges.length];
      assert.ok(missing);
      const frontier = new Frontier(start);
      for (const range of order) if (range !== missing) frontier.acknowledge(range.from, range.to);
      assert.equal(frontier.at, missing.from);
    }),
  );
});
