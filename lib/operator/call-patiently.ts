import { setTimeout as delay } from 'node:timers/promises';
import { type CloudErrorKind, cloudErrorKind } from '../vocabulary/cloud-error.ts';
import type { LookPacer } from './look-pacer.ts';
import type { Pace } from './pace.ts';
import type { RetryBudget } from './retry-budget.ts';

/** What the same call, a moment later, may well not meet again. The SDK mends a skewed clock when it is told of it. */
const worthAnother: ReadonlySet<CloudErrorKind> = new Set([
  'throttled',
  'unreachable',
  'failing',
  'skewed-clock',
]);

export type PatientCall = {
  readonly pace: Pick<Pace, 'callMillis' | 'attempts' | 'backoff'>;
  readonly budget: RetryBudget;
  /** For calls that only look. */
  readonly pacer: LookPacer | undefined;
  readonly signal: AbortSignal | undefined;
  /** In [0, 1). */
  readonly random: () => number;
};

/**
 * Makes one call, again and again while that may help: the one layer of retries between the operator and a
 * cloud. Each attempt is bounded in time whatever it hangs in; pauses are drawn with full jitter; and no more
 * retries are made than the budget, which all calls share, can pay for. Throws what the last attempt threw.
 *
 * Every call of the operator may be made twice: it looks, or it names what it makes.
 */
export async function callPatiently<T>(attempt: () => Promise<T>, call: PatientCall): Promise<T> {
  const { pace, budget, pacer, signal } = call;
  for (let failures = 1; ; failures += 1) {
    await pacer?.admit(signal);
    try {
      const result = await within(pace.callMillis, signal, attempt);
      budget.succeeded();
      pacer?.answered();
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      const kind = cloudErrorKind(error);
      if (kind === 'throttled') pacer?.throttled();
      if (kind === 'answered') pacer?.answered();
      const price = kind === 'unreachable' ? 'unanswered' : 'answered';
      if (!worthAnother.has(kind) || failures >= pace.attempts || !budget.take(price)) throw error;
    }
    const pause = call.random() * Math.min(pace.backoff.longest, pace.backoff.first * 2 ** (failures - 1));
    await delay(pause, undefined, { ...(signal === undefined ? {} : { signal }) });
  }
}

/** A call that was not answered in time, in the shape of the SDK's own errors. */
class Unanswered extends Error {
  readonly $metadata = {};

  constructor(millis: number) {
    super(`no answer within ${millis} ms`);
    this.name = 'TimeoutError';
  }
}

/** Rejects when the time is up or the signal aborts; the attempt is left to itself then. */
async function within<T>(
  millis: number,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const given = Promise.withResolvers<never>();
  const timer = setTimeout(() => given.reject(new Unanswered(millis)), millis);
  const abort = () => given.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([attempt(), given.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
