import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimName } from '../../../lib/operator/claim-name.ts';
import { fail } from '../../../lib/vocabulary/failure.ts';
import { type ExecutionId, laneSchema } from '../../../lib/vocabulary/identifiers.ts';

const lane = laneSchema.parse('query');
const noSignal = new AbortController().signal;

/** A clock that only moves when it is waited for, and names that others have, to the last of `taken`. */
function ground(taken: (id: ExecutionId) => boolean) {
  let time = Date.parse('2026-02-21T02:09:23.400Z');
  const waits: number[] = [];
  const tried: ExecutionId[] = [];
  return {
    waits,
    tried,
    clock: {
      now: () => time,
      wait: async (millis: number) => {
        waits.push(millis);
        time += millis;
      },
    },
    start: async (id: ExecutionId) => {
      tried.push(id);
      if (taken(id))
        fail({ exit: 'conflict', code: 'EXECUTION_EXISTS', message: 'taken', where: id, remedy: 'another' });
      return id;
    },
  };
}

test('the second of the launch is the name, and the next free one when it is taken; nobody waits for it', async () => {
  const free = ground(() => false);
  assert.equal(await claimName(lane, free.clock, noSignal, free.start), 'query_20260221T020923Z');
  const busy = ground((id) => id < 'query_20260221T020927Z');
  assert.equal(await claimName(lane, busy.clock, noSignal, busy.start), 'query_20260221T020927Z');
  assert.deepEqual([busy.tried.length, busy.waits], [5, []]);
});

test('a name is never more than ten seconds ahead of the clock: it is waited for', async () => {
  const { clock, start, waits } = ground((id) => id < 'query_20260221T020936Z');
  assert.equal(await claimName(lane, clock, noSignal, start), 'query_20260221T020936Z');
  assert.deepEqual(waits, [1_000, 1_000, 1_000]);
  assert.equal(clock.now(), Date.parse('2026-02-21T02:09:26.400Z'));
});

test('with every name of a minute taken, nothing is started and that is said', async () => {
  const { clock, start, tried, waits } = ground(() => true);
  await assert.rejects(claimName(lane, clock, noSignal, start), {
    failure: {
      exit: 'transient',
      code: 'EXECUTION_NAMES_TAKEN',
      message: 'others launched in the lane query every second for a minute; nothing was started',
      where: 'execution id',
      value: 'query',
      remedy: 'Try again in a minute: a lane has a name for one execution a second.',
    },
  });
  assert.equal(new Set(tried).size, 70);
  assert.equal(
    waits.reduce((sum, one) => sum + one, 0),
    59_000,
  );
});

test('any other refusal is the answer', async () => {
  const { clock } = ground(() => false);
  const broken = new Error('no cloud');
  await assert.rejects(
    claimName(lane, clock, noSignal, async () => Promise.reject(broken)),
    broken,
  );
});

test('who is called off while waiting for a name starts nothing', async () => {
  const given = ground(() => true);
  const controller = new AbortController();
  const claimed = claimName(lane, { now: given.clock.now }, controller.signal, given.start);
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(claimed, { name: 'AbortError' });
  assert.equal(given.tried.length, 11);
});
