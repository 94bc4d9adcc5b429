import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all files below some folders, as they lie on the disk; what vanishes meanwhile counts as nothing. */
export async function bytesBelow(folders: readonly string[]): Promise<number> {
  const sizes = await Promise.all(folders.map(bytesOf));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0));
}

/** Blocks of `stat` are of 512 bytes, whatever the file system's are. */
const blockBytes = 512;

async function bytesOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  // A file with several names is counted once for each of them as its share.
  const own = (found.blocks * blockBytes) / Math.max(1, found.isDirectory() ? 1 : found.nlink);
  if (!found.isDirectory()) return own;
  const names = await readdir(path).catch(() => []);
  return own + (await bytesBelow(names.map((name) => join(path, name))));
}
