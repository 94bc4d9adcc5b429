import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts processor time for user programs in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;

/**
 * Processor seconds of all children that have ended and were waited for, with their own waited-for
 * children, since this process began. Node shows the usage of this process only; the kernel keeps this
 * sum in /proc/self/stat. Resolution 10 ms. `undefined` where there is no such file.
 */
export function waitedChildrenCpuSeconds(): number | undefined {
  const times = cpuTicks('self');
  return times === undefined ? undefined : times.waited / ticksPerSecond;
}

/** Processor seconds of this process and all its threads. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/**
 * Processor seconds that processes and all who descend from them have used since they began, the dead that
 * were waited for included. A process that stands in two trees counts once. `undefined` where the system
 * does not say.
 */
export function treesCpuSeconds(pids: readonly number[]): number | undefined {
  let ticks = 0;
  for (const pid of membersOf(pids)) {
    const times = cpuTicks(String(pid));
    // One that has ended since it was listed has given its time to its parent.
    if (times !== undefined) ticks += times.own + times.waited;
    else if (process.platform !== 'linux') return undefined;
  }
  return ticks / ticksPerSecond;
}

/** Lets the kernel's high-water mark of this process start again at what is in use now. */
export function resetOwnPeak(): void {
  readOr(() => writeFileSync('/proc/self/clear_refs', '5'));
}

/** Highest resident bytes of this process since the last reset. */
export function ownPeakBytes(): number | undefined {
  return statusBytes(readOr(() => readFileSync('/proc/self/status', 'utf8')) ?? '', 'VmHWM');
}

/**
 * Resident bytes of processes and all who descend from them at this moment. Memory that they share on purpose
 * (PostgreSQL's buffers) counts once, the pages of a program that several run count for each.
 */
export function treesBytes(pids: readonly number[]): number {
  let [private_, shared] = [0, 0];
  for (const pid of membersOf(pids)) {
    const status = readOr(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
    const ownShared = statusBytes(status, 'RssShmem') ?? 0;
    private_ += (statusBytes(status, 'VmRSS') ?? 0) - ownShared;
    shared = Math.max(shared, ownShared);
  }
  return private_ + shared;
}

function membersOf(pids: readonly number[]): ReadonlySet<number> {
  const members = new Set<number>();
  const waiting = [...pids];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    if (members.has(pid)) continue;
    members.add(pid);
    // A child belongs to the thread that started it.
    for (const thread of readOr(() => readdirSync(`/proc/${pid}/task`)) ?? []) {
      const children = readOr(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')) ?? '';
      waiting.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return members;
}

function cpuTicks(pid: string): { readonly own: number; readonly waited: number } | undefined {
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name in parentheses may hold spaces; fields are counted behind it: utime, stime, cutime, cstime.
  const fields = stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  const [user = Number.NaN, system = Number.NaN, waitedUser = Number.NaN, waitedSystem = Number.NaN] =
    fields ?? [];
  const times = { own: user + system, waited: waitedUser + waitedSystem };
  return Number.isNaN(times.own + times.waited) ? undefined : times;
}

function statusBytes(status: string, field: string): number | undefined {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function readOr<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
