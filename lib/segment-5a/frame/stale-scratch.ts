import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** No task lives longer than six hours; a scratch folder older than this has lost its owner. */
const staleMillis = 7 * 3_600_000;

/**
 * Removes what killed processes left in a run's `tmp` folder. A folder that another process may still
 * be working in is left alone, and so is one that cannot be looked at: it is only space.
 */
export async function removeStaleScratch(runFolder: string, now: number): Promise<void> {
  const root = join(runFolder, 'tmp');
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const found = await stat(join(root, name)).catch(() => undefined);
    if (found === undefined || now - found.mtimeMs < staleMillis) continue;
    await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
