import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findOverdue, type RunningTask } from '../../../lib/reaper/overdue.ts';

const now = Date.UTC(2026, 1, 21, 2, 30);
const iso = (millis: number) => new Date(millis).toISOString();
const task = (change: Partial<RunningTask>): RunningTask => ({
  taskArn: 'task',
  createdAt: now - 3_600_000,
  deadlineTag: iso(now + 60_000),
  ofService: false,
  ...change,
});

const cases: readonly [string, Partial<RunningTask>, boolean][] = [
  ['before its deadline', {}, false],
  [
    'just past its deadline: the task and the machine have their turn first',
    { deadlineTag: iso(now - 119_000) },
    false,
  ],
  ['two minutes past its deadline', { deadlineTag: iso(now - 120_001) }, true],
  ['untagged and young', { deadlineTag: undefined, createdAt: now - 899_000 }, false],
  ['untagged for more than fifteen minutes', { deadlineTag: undefined, createdAt: now - 900_001 }, true],
  ['with a tag that is no time', { deadlineTag: 'soon', createdAt: now - 900_001 }, true],
  ['of a service, however old', { deadlineTag: undefined, createdAt: 0, ofService: true }, false],
];
for (const [what, change, overdue] of cases) {
  test(`a task ${what} is ${overdue ? 'stopped' : 'left alone'}`, () => {
    assert.equal(findOverdue([task(change)], now).length, overdue ? 1 : 0);
  });
}

test('once overdue, always overdue', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      (age, later) => {
        const old = task({ deadlineTag: iso(now - age) });
        if (findOverdue([old], now).length === 1) assert.equal(findOverdue([old], now + later).length, 1);
      },
    ),
  );
});
