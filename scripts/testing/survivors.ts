import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Processes inherit it from the test run; a daemon that clears its environment does not. */
export const runMark = 'TEST_RUN_ID';

export type Survivor = { readonly pid: number; readonly command: string };

/**
 * Processes that a test run left behind: those with its mark in their environment, and those that work
 * in its folder or were given a path in it. Only where the system shows processes under /proc; elsewhere
 * nobody is accused.
 */
export function findSurvivors(run: {
  readonly runId: string;
  readonly runFolder: string;
}): readonly Survivor[] {
  const marker = `${runMark}=${run.runId}`;
  return processIds().flatMap((pid) => {
    if (pid === process.pid) return [];
    const folder = join('/proc', String(pid));
    const words = readOr('', () => readFileSync(join(folder, 'cmdline'), 'utf8')).split('\0');
    const environment = readOr('', () => readFileSync(join(folder, 'environ'), 'utf8')).split('\0');
    const workingFolder = readOr('', () => readlinkSync(join(folder, 'cwd')));
    const isOurs =
      environment.includes(marker) ||
      `${workingFolder}${sep}`.startsWith(run.runFolder + sep) ||
      words.some((word) => word.includes(run.runFolder));
    // A process that has ended and only waits to be read has no command line.
    return isOurs && words.join('') !== '' ? [{ pid, command: words.join(' ').trim() }] : [];
  });
}

export function endSurvivors(survivors: readonly Survivor[]): void {
  for (const { pid } of survivors) readOr(false, () => process.kill(pid, 'SIGKILL'));
}

function processIds(): readonly number[] {
  return readOr<readonly string[]>([], () => readdirSync('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Processes end while they are looked at, and those of other users are closed to us. */
function readOr<Value>(otherwise: Value, read: () => Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
