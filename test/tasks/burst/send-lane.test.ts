import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Frontier } from '../../../lib/burst/frontier.ts';
import { laneSchedule, shareOf } from '../../../lib/burst/rate-schedule.ts';
import type { Attempt, Decided } from '../../../tasks/burst/classify-answer.ts';
import { keepCheckpoint } from '../../../tasks/burst/keep-checkpoint.ts';
import { LaneTally } from '../../../tasks/burst/lane-tally.ts';
import { type LaneParts, sendLane } from '../../../tasks/burst/send-lane.ts';
import { samplePlan } from '../../support/sample-burst.ts';

const admit: Decided = { decision: 'ADMIT' };
const decided = (events: readonly string[]): Attempt => ({
  kind: 'decided',
  decisions: events.map(() => admit),
});

type Wish = {
  readonly plan?: Parameters<typeof samplePlan>[0];
  readonly start?: number;
  readonly available?: number;
  readonly windowMillis?: number;
  readonly signal?: AbortSignal;
  readonly lost?: AbortSignal;
  readonly attempt?: LaneParts['attempt'];
  /** Called with the number of events that were taken before; what it throws, the source throws. */
  readonly reading?: (given: number) => Promise<void>;
};

/** One lane with a gate that is a function; everything else is real, the clock too. */
async function run(wish: Wish = {}) {
  const plan = samplePlan({ lanes: 1, ...wish.plan });
  const frontier = new Frontier(wish.start ?? 0);
  const tally = new LaneTally();
  const sent: string[][] = [];
  const available = wish.available ?? Number.POSITIVE_INFINITY;
  let given = wish.start ?? 0;
  let underWay = 0;
  let mostUnderWay = 0;
  const attempt = wish.attempt ?? (async (events) => decided(events));
  const began = performance.now();
  const end = await sendLane({
    schedule: laneSchedule(plan, 0),
    maxEvents: shareOf(plan, 0),
    batchSize: plan.batch_size,
    inFlight: plan.in_flight,
    windowMillis: wish.windowMillis ?? plan.duration_seconds * 1_000,
    start: wish.start ?? 0,
    take: async (count) => {
      await wish.reading?.(given);
      const events = Array.from(
        { length: Math.min(count, available - given) },
        (_, index) => `${given + index}`,
      );
      given += events.length;
      return events;
    },
    attempt: async (events, giveUp) => {
      sent.push([...events]);
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      const result = await attempt(events, giveUp);
      underWay -= 1;
      return result;
    },
    frontier,
    tally,
    moved: () => undefined,
    now: () => performance.now(),
    wallNow: () => Date.now(),
    random: () => 0,
    signal: wish.signal ?? new AbortController().signal,
    lost: wish.lost ?? new AbortController().signal,
  });
  return { end, frontier, tally, sent, mostUnderWay, underWay, seconds: (performance.now() - began) / 1_000 };
}

test('sends what is due in the window and not one more, in order, and says that the window ended it', async () => {
  const { end, frontier, tally, sent, seconds } = await run({ plan: { duration_seconds: 1 } });
  assert.equal(end.stopReason, 'duration');
  // A machine that is busy at the very end of the window leaves the last batches unsent; none is sent after it.
  assert.ok(tally.sent <= 1_000 && tally.sent >= 500, `${tally.sent} of 1,000 due`);
  assert.equal(frontier.at, tally.sent);
  assert.deepEqual(
    sent.flat(),
    Array.from({ length: tally.sent }, (_, index) => `${index}`),
  );
  assert.ok(seconds >= 0.9 && seconds < 3, `${seconds} s`);
});

test('ends at its share of the events, and says so', async () => {
  const { end, tally } = await run({ plan: { max_events: 120 } });
  assert.equal(end.stopReason, 'max-events');
  assert.equal(tally.sent, 120);
});

test('ends when the source has no more, and says so', async () => {
  const { end, tally } = await run({ available: 130 });
  assert.equal(end.stopReason, 'source-exhausted');
  assert.equal(tally.sent, 130);
});

test('resumes behind its start without making up for the time when nobody sent', async () => {
  const { tally, sent, frontier } = await run({
    start: 500,
    windowMillis: 200,
    plan: { duration_seconds: 1 },
  });
  assert.equal(sent[0]?.[0], '500');
  assert.ok(tally.sent >= 150 && tally.sent <= 300, `${tally.sent} sent in 200 ms at 1,000 a second`);
  assert.equal(frontier.at, 500 + tally.sent);
});

test('a lane whose window is over sends nothing', async () => {
  const { end, tally } = await run({ start: 500, windowMillis: -1 });
  assert.equal(end.stopReason, 'duration');
  assert.equal(tally.sent, 0);
});

test('a slow gate does not slow the schedule: no more in flight than allowed, latency from the intended time', async () => {
  const { tally, mostUnderWay } = await run({
    plan: { duration_seconds: 1, in_flight: 2, batch_size: 50 },
    attempt: async (events) => {
      await delay(200);
      return decided(events);
    },
  });
  assert.equal(mostUnderWay, 2);
  // 2 batches of 50 in 200 ms are 500 a second: half of what is due, so the last are half a second late.
  assert.ok(tally.sent < 750, `${tally.sent}`);
  assert.ok(tally.figures().most_behind_ms > 250, `${tally.figures().most_behind_ms}`);
  assert.ok(tally.figures().latency_ms.max > 450);
});

test('what may be sent again is, the same events, until they are decided', async () => {
  const seen = new Map<string, number>();
  const { tally, frontier, sent } = await run({
    plan: { max_events: 200 },
    attempt: async (events) => {
      const key = events[0] ?? '';
      seen.set(key, (seen.get(key) ?? 0) + 1);
      const again: Attempt = { kind: 'again', why: 'BUSY', afterMillis: undefined };
      return (seen.get(key) ?? 0) < 3 ? again : decided(events);
    },
  });
  assert.equal(frontier.at, 200);
  assert.equal(tally.unresolved, 0);
  assert.deepEqual(tally.figures().retries, { BUSY: 8 });
  assert.equal(sent.length, 12);
});

test('a refusal stops the lane, the frontier stays before it, and nothing is under way afterwards', async () => {
  const { end, frontier, tally, underWay } = await run({
    attempt: async (events) =>
      events[0] === '100' ? { kind: 'refused', status: 400, why: 'BODY_UNREADABLE' } : decided(events),
  });
  assert.equal(end.stopReason, 'gate-refused');
  assert.deepEqual(end.refusal, { status: 400, why: 'BODY_UNREADABLE' });
  assert.equal(frontier.at, 100);
  assert.equal(tally.unresolved, 50);
  assert.equal(underWay, 0);
});

for (const reason of ['deadline', 'stop-requested'] as const) {
  test(`${reason} ends it: what is under way is waited for, what is not decided is unresolved`, async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 300);
    const { end, frontier, tally, seconds } = await run({
      plan: { duration_seconds: 60 },
      signal: stop.signal,
      attempt: async (events) => {
        if (events[0] !== '100') return decided(events);
        await delay(500);
        return { kind: 'again', why: 'ECONNRESET', afterMillis: undefined };
      },
    });
    assert.equal(end.stopReason, reason);
    assert.ok(seconds < 5, `${seconds} s`);
    assert.equal(frontier.at, 100);
    assert.equal(tally.unresolved, 50);
    assert.equal(tally.sent, tally.acknowledged + tally.unresolved);
  });
}

for (const reason of ['deadline', 'stop-requested'] as const) {
  test(`${reason} while the source is read: the reading ends, and what is under way is still counted`, async () => {
    const stop = new AbortController();
    const { end, frontier, tally, underWay } = await run({
      plan: { duration_seconds: 60 },
      signal: stop.signal,
      attempt: async (events) => {
        await delay(300);
        return decided(events);
      },
      reading: async (given) => {
        if (given === 0) return;
        stop.abort(reason);
        throw new DOMException('This operation was aborted', 'AbortError');
      },
    });
    assert.equal(end.stopReason, reason);
    assert.deepEqual([tally.sent, tally.acknowledged, tally.unresolved], [50, 50, 0]);
    assert.equal(frontier.at, 50);
    assert.equal(underWay, 0);
  });
}

test('a source that cannot be read any more is told as what it is', async () => {
  const reading = async (given: number) => {
    if (given > 0) throw new Error('EIO: i/o error, read');
  };
  await assert.rejects(run({ reading }), /EIO/);
});

test('an answer that never comes is given up five seconds after a stop', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort('stop-requested'), 100);
  const { end, tally, seconds } = await run({
    signal: stop.signal,
    attempt: (_, giveUp) =>
      new Promise((resolve) => {
        giveUp.addEventListener('abort', () =>
          resolve({ kind: 'again', why: 'AbortError', afterMillis: undefined }),
        );
      }),
  });
  assert.equal(end.stopReason, 'stop-requested');
  assert.equal(tally.unresolved, tally.sent);
  assert.ok(seconds >= 4.9 && seconds < 8, `${seconds} s`);
});

test('a lost checkpoint stops the lane', async () => {
  const lost = new AbortController();
  setTimeout(() => lost.abort(), 200);
  const { end } = await run({ plan: { duration_seconds: 60 }, lost: lost.signal });
  assert.equal(end.stopReason, 'checkpoint-lost');
});

test('the frontier is written every hundred events or second, one write at a time, and at the end', async () => {
  const frontier = new Frontier();
  const written: number[] = [];
  let writing = 0;
  const keeper = keepCheckpoint(
    frontier,
    async (at) => {
      writing += 1;
      assert.equal(writing, 1);
      await delay(20);
      writing -= 1;
      written.push(at);
    },
    () => assert.fail('nothing is lost'),
    () => performance.now(),
  );
  const advance = (to: number) => {
    frontier.acknowledge(frontier.at, to);
    keeper.moved();
  };
  advance(99);
  await delay(50);
  assert.deepEqual(written, []);
  advance(100);
  await delay(50);
  assert.deepEqual(written, [100]);
  advance(130);
  await delay(1_200);
  assert.deepEqual(written, [100, 130]);
  advance(135);
  await keeper.finish();
  assert.deepEqual(written, [100, 130, 135]);
  assert.equal(keeper.written(), 3);
});

test('a checkpoint that cannot be written is told at once, and again at the end', async () => {
  const frontier = new Frontier();
  let told = false;
  const keeper = keepCheckpoint(
    frontier,
    async () => {
      throw new Error('superseded');
    },
    () => {
      told = true;
    },
    () => performance.now(),
  );
  frontier.acknowledge(0, 100);
  keeper.moved();
  await delay(20);
  assert.ok(told);
  await assert.rejects(keeper.finish(), /superseded/);
});
