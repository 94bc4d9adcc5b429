import { randomBytes } from 'node:crypto';
import { link, lstat, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export type WriteWholeOptions = {
  /** Take the place of what is there; otherwise a file that is there stays, and the write fails with `EEXIST`. */
  readonly replace: boolean;
  readonly mode?: number;
};

/** A part of a file this old belongs to a process that died. */
const staleAfterMillis = 3_600_000;
const part = /^\..+\.[0-9a-f]{24}\.partial$/;

/**
 * Writes a file in one step: a reader, and a program that comes after one that was killed, sees the whole of it or
 * nothing new. The content is written beside its place, synced, and then given the name. What an
 * earlier writer left unfinished in the folder is removed once it is an hour old.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { replace, mode = 0o644 }: WriteWholeOptions,
): Promise<void> {
  const folder = dirname(path);
  await removeStaleParts(folder);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(12).toString('hex')}.partial`);
  try {
    await writeFile(temporary, content, { mode, flag: 'wx', flush: true });
    if (replace) await rename(temporary, path);
    else await link(temporary, path);
  } finally {
    // A rename leaves nothing to remove.
    await rm(temporary, { force: true });
  }
}

async function removeStaleParts(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => part.test(one))) {
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > staleAfterMillis) await rm(path, { force: true });
  }
}
