import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same id. */
export type ProcessIdentity = { readonly pid: number; readonly startTicks: string };

/**
 * Start time of a process in clock ticks since boot, or `undefined` when it does not run. Without
 * /proc the id alone has to do, and the ticks are empty.
 */
export function startTicksOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return isSignalable(pid) ? '' : undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold spaces; the state follows it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs. */
export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  return startTicksOf(pid) === startTicks;
}

/** Sends a signal to a process or, with `group`, to its process group; a process that is gone is no error. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals, group: boolean): void {
  if (!group && !isAlive(identity)) return;
  try {
    process.kill(group ? -identity.pid : identity.pid, signal);
  } catch {
    // Gone between the look and the signal.
  }
}

function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
