import { setTimeout as delay } from 'node:timers/promises';
import { fail, isPlatformError } from '../vocabulary/failure.ts';
import { type ExecutionId, executionIdAt, type Lane, namedAtMillis } from '../vocabulary/identifiers.ts';
import { instantFromMillis } from '../vocabulary/instant.ts';

/** Time as whoever names an execution has it, in milliseconds. */
export type NamingClock = {
  readonly now: () => number;
  readonly wait?: (millis: number, signal: AbortSignal) => Promise<void>;
};

/** Names are taken at most this far ahead of the clock, so that a name goes on telling when it was given. */
const ahead = 10_000;
/** Names that are tried before whoever launches is told that others launch without end. */
const attempts = 70;

/**
 * Starts something under the first name of `lane` that is free. An execution is named to the second: while a
 * name is taken (`start` throws `EXECUTION_EXISTS`) the next second is tried, and with ten seconds ahead of the
 * clock taken, the clock is waited for. So a lane gets one name a second for as long as one likes, and ten at
 * once. `EXECUTION_NAMES_TAKEN` (75) when others took every name for a minute.
 */
export async function claimName<T>(
  lane: Lane,
  { now, wait = pause }: NamingClock,
  signal: AbortSignal,
  start: (executionId: ExecutionId) => Promise<T>,
): Promise<T> {
  const began = now();
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const named = began + attempt * 1_000;
    const early = named - ahead - now();
    // A clock that is set back meanwhile makes nobody wait for it.
    if (early > 0) await wait(Math.min(early, 1_000), signal);
    try {
      return await start(executionIdAt(lane, named));
    } catch (error) {
      if (!isPlatformError(error) || error.failure.code !== 'EXECUTION_EXISTS') throw error;
    }
  }
  return fail({
    exit: 'transient',
    code: 'EXECUTION_NAMES_TAKEN',
    message: `others launched in the lane ${lane} every second for a minute; nothing was started`,
    where: 'execution id',
    value: lane,
    remedy: 'Try again in a minute: a lane has a name for one execution a second.',
  });
}

/** A name that is given by hand is at most this far from the clock, where its stamp counts. Milliseconds. */
const nearness = 120_000;

/**
 * Refuses a name whose stamp is not of now: `EXECUTION_NAME_FAR` (64). An attempt at a phase of whose start nothing is
 * known yet has its place among the others by its name alone.
 */
export function checkNamedNow(executionId: ExecutionId, now: number): void {
  if (Math.abs(namedAtMillis(executionId) - now) <= nearness) return;
  fail({
    exit: 'usage',
    code: 'EXECUTION_NAME_FAR',
    message: 'an attempt at a phase is named by the time of its launch, and this name is of another time',
    where: '--execution',
    value: executionId,
    remedy: `Leave out --execution; or give the time of now, which is ${instantFromMillis(now)}.`,
  });
}

async function pause(millis: number, signal: AbortSignal): Promise<void> {
  await delay(millis, undefined, { signal });
}
