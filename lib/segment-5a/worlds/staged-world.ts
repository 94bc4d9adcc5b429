import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { errorCodeOf } from '../../vocabulary/failure.ts';

const mark = '.partial-';

/** Where this process lays a world out beside its place: named after the process, so that others know whose it is. */
export function stagedFolder(folder: string): string {
  return `${folder}${mark}${process.pid}@${hostname()}`;
}

/** Longer than any world takes: whoever began such a folder before that was killed, on whatever machine. */
const leftoverMillis = 3_600_000;

/**
 * Removes what killed processes left of a world: those of this machine at once, those of others when they are
 * too old to be worked in. What cannot be removed is only space.
 */
export async function removeLeftovers(folder: string, now: number): Promise<void> {
  const begin = `${basename(folder)}${mark}`;
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names.filter((found) => found.startsWith(begin))) {
    const path = join(dirname(folder), name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    const [pid, host] = name.slice(begin.length).split('@');
    const abandoned = host === hostname() && !isAlive(Number(pid));
    if (!abandoned && now - found.mtimeMs < leftoverMillis) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  // 0 and negative numbers are groups, not processes.
  if (!(pid > 0)) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCodeOf(error) !== 'ESRCH';
  }
}
