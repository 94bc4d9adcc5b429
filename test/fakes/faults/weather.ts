import type { Pace } from '../../../lib/operator/pace.ts';
import type { FaultSchedule, WireFault } from './fault-schedule.ts';
import { type Ended, launchedAgain, type Played } from './played.ts';
import { schedulePatience } from './schedule-pace.ts';
import { isTriedAgain } from './store-fault.ts';

const failing: ReadonlySet<WireFault['does']['kind']> = new Set([
  'throttle',
  'error',
  'reset',
  'hang',
  'lost-reply',
  'half-body',
  'expired-credentials',
]);

/** Milliseconds for which wire and store may have been silent. Pure. */
function silenceMillis({ wire, store }: FaultSchedule, pace: Pace): number {
  const ofStore = store.reduce((sum, { when }) => sum + ('forMillis' in when ? when.forMillis : 0), 0);
  return wire.reduce((sum, { when, does }) => {
    if (!failing.has(does.kind) && does.kind !== 'stale') return sum;
    if ('forMillis' in when) return sum + when.forMillis;
    return sum + (does.kind === 'hang' ? when.times * pace.callMillis : 0);
  }, ofStore);
}

/** Whether calls of one operation may have failed so often that its retries were used up. Pure. */
function mayGiveUp({ wire }: FaultSchedule, pace: Pace): boolean {
  const strikes = wire.reduce((sum, { when, does }) => {
    if (!failing.has(does.kind)) return sum;
    // Credentials that have expired are not tried again.
    if ('forMillis' in when || does.kind === 'expired-credentials') return Number.POSITIVE_INFINITY;
    return sum + when.times;
  }, 0);
  return strikes >= pace.attempts;
}

/** Whether requests of the store may have failed so often that its retries were used up. Pure. */
function mayStoreGiveUp({ store }: FaultSchedule): boolean {
  const strikes = store
    .filter(({ does }) => isTriedAgain(does))
    .reduce((sum, { when }) => sum + ('forMillis' in when ? Number.POSITIVE_INFINITY : when.times), 0);
  return strikes >= schedulePatience.attempts;
}

const isClockWrong = ({ clocks }: FaultSchedule) => clocks.operatorMillis !== 0 || clocks.dateMillis !== 0;

/** Whether a command may have ended without a verdict in the way it did. */
export function isExplainedFailure({ command, failure, said }: Ended, played: Played): boolean {
  const { schedule, status, pace } = played;
  if (command !== schedule.machine) {
    // Fair weather sets no clock.
    if (command === launchedAgain) return failure?.code === 'CLOCK_WRONG' && isClockWrong(schedule);
    // In fair weather only what never started has no verdict.
    return status === undefined && failure?.code === 'EXECUTION_NOT_STARTED';
  }
  const isStarted = said.some((line) => /^(?:started|attached) /.test(line));
  switch (failure?.code) {
    case 'CLOUD_UNREACHABLE':
      return isStarted ? silenceMillis(schedule, pace) >= 0.5 * pace.patience : mayGiveUp(schedule, pace);
    case 'AWS_CREDENTIALS_EXPIRED':
      return !isStarted && mayGiveUp(schedule, pace);
    case 'EXECUTION_NOT_STARTED':
      return silenceMillis(schedule, pace) >= 0.5 * pace.visibility;
    case 'EVIDENCE_STORE_UNAVAILABLE':
      return mayStoreGiveUp(schedule);
    case 'VERDICT_NOT_KEPT':
      return mayStoreGiveUp(schedule) || schedule.store.some(({ does }) => !isTriedAgain(does));
    case 'EVIDENCE_STORE_NOT_PERMITTED':
      return schedule.store.some(({ does }) => !isTriedAgain(does));
    case 'CLOCK_WRONG':
      return isClockWrong(schedule);
    default:
      return false;
  }
}

/** Seconds that a command may take: its work, all that is waited for, and all that the schedule holds up. Pure. */
export function budgetSeconds(
  { schedule, pace }: Pick<Played, 'schedule' | 'pace'>,
  { command }: Pick<Ended, 'command'>,
): number {
  const { patience, evidenceWait, logSettle, visibility } = pace;
  const work = 15_000;
  const waits = 2 * patience + evidenceWait + logSettle + visibility;
  const delays =
    command === schedule.machine
      ? silenceMillis(schedule, pace) +
        schedule.wire.reduce(
          (sum, { when, does }) =>
            sum + (does.kind === 'delay' && 'times' in when ? does.millis * when.times : 0),
          0,
        )
      : 0;
  return (work + waits + delays) / 1_000;
}
