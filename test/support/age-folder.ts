import { lutimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Lets everything in a folder, and itself, have been written so long ago; links are not followed. */
export async function ageFolder(folder: string, millis: number): Promise<void> {
  const then = new Date(Date.now() - millis);
  const entries = await readdir(folder, { recursive: true });
  for (const path of [...entries.map((name) => join(folder, name)), folder]) await lutimes(path, then, then);
}
