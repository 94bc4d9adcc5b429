import type { Frontier } from '../../lib/burst/frontier.ts';
import type { LaneStopReason } from '../../lib/burst/lane-result.ts';
import type { RateSchedule } from '../../lib/burst/rate-schedule.ts';
import { type Attempt, retryDelay } from './classify-answer.ts';
import type { LaneTally } from './lane-tally.ts';
import { WakeUp } from './wake-up.ts';

/** A batch that is not full is sent when its first event has been due for so long. */
const lingerMillis = 100;
/** After the last send, batches without an answer may be sent again for so long. */
const settleMillis = 15_000;
/** Asked to stop, only answers that are on their way are waited for. */
const settleStoppedMillis = 5_000;

export type LaneParts = {
  readonly schedule: RateSchedule;
  /** Share of the plan's events, to tell the two ends of a schedule apart. */
  readonly maxEvents: number;
  readonly batchSize: number;
  readonly inFlight: number;
  /** Milliseconds of the lane's window that are left. */
  readonly windowMillis: number;
  /** Ordinal of the first event to send. */
  readonly start: number;
  /** The next events of the lane, as many as asked for or what is left. May reject when the lane is to stop. */
  readonly take: (events: number) => Promise<readonly string[]>;
  /** One attempt to send a batch, shorter when `giveUp` aborts. Never rejects. */
  readonly attempt: (events: readonly string[], giveUp: AbortSignal) => Promise<Attempt>;
  readonly frontier: Frontier;
  readonly tally: LaneTally;
  /** Called when the frontier may have moved. */
  readonly moved: () => void;
  /** Monotonic milliseconds, and the same instant as milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly wallNow: () => number;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Aborts when the checkpoint was lost. */
  readonly lost: AbortSignal;
};

export type LaneEnd = {
  readonly stopReason: LaneStopReason;
  readonly refusal: { readonly status: number; readonly why: string } | undefined;
};

/**
 * Sends a lane's events as they fall due, whatever became of earlier ones (open loop), with so many
 * batches in flight at most. Returns when every batch has its answer or was given up; then nothing of
 * this lane is under way.
 */
export async function sendLane(parts: LaneParts): Promise<LaneEnd> {
  const { schedule, tally, frontier, signal, lost, now } = parts;
  const wakeUp = new WakeUp();
  const wake = () => wakeUp.wake();
  signal.addEventListener('abort', wake);
  lost.addEventListener('abort', wake);
  const flying = new Set<Promise<void>>();
  let refusal: LaneEnd['refusal'];
  let stopReason: LaneStopReason | undefined;
  let giveUpAt = Number.POSITIVE_INFINITY;
  const giveUp = new AbortController();

  // A relaunched lane goes on at its own pace: what fell due while nobody sent is not made up for.
  const origin = now() - schedule.dueAt(parts.start);
  const windowEnd = now() + parts.windowMillis;

  const stopNow = (): LaneStopReason | undefined => {
    if (lost.aborted) return 'checkpoint-lost';
    if (signal.aborted) return signal.reason === 'deadline' ? 'deadline' : 'stop-requested';
    return refusal === undefined ? undefined : 'gate-refused';
  };

  const deliver = async (from: number, events: readonly string[]) => {
    const intended = origin + schedule.dueAt(from + events.length - 1);
    tally.send(events.length, parts.wallNow(), now() - intended);
    for (let attempts = 1; ; attempts += 1) {
      const attempt = await parts.attempt(events, giveUp.signal);
      if (attempt.kind === 'decided') {
        const stillSending = stopReason === undefined;
        tally.acknowledge(attempt.decisions, parts.wallNow(), now() - intended, stillSending);
        frontier.acknowledge(from, from + events.length);
        parts.moved();
        return;
      }
      if (attempt.kind === 'refused') {
        refusal ??= { status: attempt.status, why: attempt.why };
        break;
      }
      tally.retry(attempt.why);
      const delay = retryDelay(attempts, attempt.afterMillis, parts.random());
      if (stopNow() !== undefined || now() + delay > giveUpAt) break;
      await pause(delay, signal, lost);
      if (stopNow() !== undefined) break;
    }
    tally.unresolved += events.length;
  };

  let next = parts.start;
  // No batch runs further ahead of the frontier than those in flight reach: what a crash would have sent
  // twice stays within one such stretch, however long one batch waits for its answer.
  const stretch = parts.inFlight * parts.batchSize;
  const mayFly = () => flying.size < parts.inFlight && next + parts.batchSize - frontier.at <= stretch;
  for (;;) {
    stopReason = stopNow();
    if (stopReason === undefined && next >= schedule.events) {
      stopReason = next >= parts.maxEvents ? 'max-events' : 'duration';
    }
    if (stopReason !== undefined) break;
    const time = now() - origin;
    const due = Math.min(schedule.events, schedule.dueBy(time)) - next;
    const over = now() >= windowEnd;
    // One last batch of what fell due in time; whoever is further behind has missed the window.
    const last = over && parts.windowMillis > 0 && due > 0 && due <= parts.batchSize && mayFly();
    if (over && !last) {
      stopReason = 'duration';
      break;
    }
    const ripe = last || due >= parts.batchSize || (due > 0 && time - schedule.dueAt(next) >= lingerMillis);
    if (ripe && mayFly()) {
      let events: readonly string[];
      try {
        events = await parts.take(Math.min(due, parts.batchSize));
      } catch (error) {
        // A stop ends the reading of a file as well; what is under way is still waited for and counted.
        stopReason = stopNow();
        if (stopReason === undefined) throw error;
        break;
      }
      if (events.length === 0) {
        stopReason = 'source-exhausted';
        break;
      }
      const delivery = deliver(next, events);
      next += events.length;
      flying.add(delivery);
      void delivery.finally(() => {
        flying.delete(delivery);
        wake();
      });
      continue;
    }
    const untilRipe = !mayFly()
      ? windowEnd - now()
      : Math.min(
          schedule.dueAt(next + parts.batchSize - 1) - time,
          schedule.dueAt(next) + lingerMillis - time,
          windowEnd - now(),
        );
    await wakeUp.wait(Math.max(1, untilRipe));
  }
  const asked = stopReason === 'deadline' || stopReason === 'stop-requested';
  const settle = asked ? settleStoppedMillis : settleMillis;
  giveUpAt = now() + settle;
  const timer = setTimeout(() => giveUp.abort(), settle);
  await Promise.all(flying);
  clearTimeout(timer);
  signal.removeEventListener('abort', wake);
  lost.removeEventListener('abort', wake);
  // What was under way may still be refused; the lane had stopped for another reason before.
  return { stopReason, refusal };
}

/** Waits, or less when something aborts. */
async function pause(millis: number, ...signals: readonly AbortSignal[]): Promise<void> {
  const wakeUp = new WakeUp();
  const wake = () => wakeUp.wake();
  for (const signal of signals) signal.addEventListener('abort', wake);
  if (!signals.some(({ aborted }) => aborted)) await wakeUp.wait(millis);
  for (const signal of signals) signal.removeEventListener('abort', wake);
}
