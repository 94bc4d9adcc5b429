import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts processor time for user programs in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;

/**
 * Processor seconds of all children that have ended and were waited for, with their own waited-for
 * children, since this process began. Node shows the usage of this process only; the kernel keeps this
 * sum in /proc/self/stat. Resolution 10 ms. `undefined` where there is no such file.
 */
export function waitedChildrenCpuSeconds(): number | undefined {
  const stat = readOr(() => readFileSync('/proc/self/stat', 'utf8'));
  // The name in parentheses may hold spaces; fields are counted behind it: cutime and cstime.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields?.[13]) + Number(fields?.[14]);
  return Number.isNaN(ticks) ? undefined : ticks / ticksPerSecond;
}

/** Processor seconds of this process and all its threads. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/** Lets the kernel's high-water mark of this process start again at what is in use now. */
export function resetOwnPeak(): void {
  readOr(() => writeFileSync('/proc/self/clear_refs', '5'));
}

/** Highest resident bytes of this process since the last reset. */
export function ownPeakBytes(): number | undefined {
  return statusBytes('self', 'VmHWM');
}

/** Resident bytes of a process and all its descendants at this moment; shared pages count for each. */
export function treeBytes(pid: number): number {
  const threads = readOr(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  // A child belongs to the thread that started it.
  const children = threads.flatMap((thread) =>
    (readOr(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')) ?? '')
      .split(' ')
      .filter(Boolean),
  );
  return (
    (statusBytes(String(pid), 'VmRSS') ?? 0) +
    children.reduce((sum, child) => sum + treeBytes(Number(child)), 0)
  );
}

function statusBytes(pid: string, field: string): number | undefined {
  const status = readOr(() => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function readOr<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
