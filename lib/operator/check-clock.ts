import { fail } from '../vocabulary/failure.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/** Clocks of healthy machines differ by less. Milliseconds. */
const tolerance = 30_000;

/**
 * Refuses to launch by a clock that is not the cloud's, as it last answered: `CLOCK_WRONG` (77). Deadlines are
 * instants of this machine's clock that others will hold tasks to.
 */
export function checkClock({ clients }: OperatorEnvironment): void {
  const offset = clients.clockOffsetMillis();
  if (offset === undefined || Math.abs(offset) <= tolerance) return;
  const seconds = Math.round(Math.abs(offset) / 1_000);
  fail({
    exit: 'not-permitted',
    code: 'CLOCK_WRONG',
    message: `the clock of this machine is ${seconds} s ${offset < 0 ? 'ahead of' : 'behind'} the cloud's, and deadlines would be wrong by it`,
    where: 'clock',
    remedy: 'Set the clock, then run again.',
  });
}
