import type { Instant } from '../vocabulary/instant.ts';
import { millisOf } from '../vocabulary/instant.ts';
import type { StopReason } from './task-program.ts';
import { startWatchdog } from './watchdog.ts';

/** setTimeout overflows above this many milliseconds. */
const longestTimer = 2_147_483_647;

export type EndOfTime = {
  /** Aborts with a `StopReason` at the deadline or when `stop` is called. */
  readonly signal: AbortSignal;
  readonly stop: (reason: StopReason) => void;
  /** Resolves when a stop was asked for and `stopGrace` has passed since. */
  readonly overrun: Promise<StopReason>;
  readonly dispose: () => void;
};

/**
 * The in-task bound of a launch. The wall clock is read once, to learn how far away the deadline is;
 * from then on only monotonic time counts. The watchdog's own limit is a second beyond the grace, so
 * that a task that can still write its result gets to.
 */
export function watchEndOfTime(deadline: Instant, now: number, stopGraceMillis: number): EndOfTime {
  const remaining = Math.min(Math.max(0, millisOf(deadline) - now), longestTimer);
  const controller = new AbortController();
  let reportOverrun: (reason: StopReason) => void;
  const overrun = new Promise<StopReason>((resolve) => {
    reportOverrun = resolve;
  });
  let graceTimer: NodeJS.Timeout | undefined;
  const stop = (reason: StopReason) => {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    graceTimer = setTimeout(() => reportOverrun(reason), stopGraceMillis);
  };
  const deadlineTimer = setTimeout(() => stop('deadline'), remaining);
  const callOff = startWatchdog(remaining + stopGraceMillis + 1_000);
  return {
    signal: controller.signal,
    stop,
    overrun,
    dispose: () => {
      clearTimeout(deadlineTimer);
      clearTimeout(graceTimer);
      callOff();
    },
  };
}
