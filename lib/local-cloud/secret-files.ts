import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from '../files/write-whole.ts';
import { errorCodeOf } from '../vocabulary/failure.ts';

/** Secrets of a local environment: files of mode 0600 in folders of mode 0700, named by logical path. */
export type SecretFiles = {
  /** The secret, or `undefined` when there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** The secret; made and kept when there is none. Of concurrent makers one wins and all get its value. */
  readonly obtain: (path: string, make?: () => string) => Promise<string>;
};

/** 32 random bytes, URL-safe: a password or a key. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function openSecretFiles(folder: string): SecretFiles {
  const read = async (path: string): Promise<string | undefined> =>
    await readFile(join(folder, path), 'utf8').catch((error: unknown) => {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
  return {
    read,
    obtain: async (path, make = randomSecret) => {
      const existing = await read(path);
      if (existing !== undefined) return existing;
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const value = make();
      try {
        await writeWhole(file, value, { replace: false, mode: 0o600 });
        return value;
      } catch (error) {
        const winner = errorCodeOf(error) === 'EEXIST' ? await read(path) : undefined;
        if (winner === undefined) throw error;
        return winner;
      }
    },
  };
}

/** Paths, below the folder, of what others than its owner may open; nothing of a folder that is not there. */
export async function filesOpenToOthers(folder: string): Promise<readonly string[]> {
  const paths = await readdir(folder, { recursive: true, encoding: 'utf8' }).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (paths === undefined) return [];
  // Nobody comes past a closed folder, whatever the modes behind it.
  if (((await stat(folder)).mode & 0o077) === 0) return [];
  const modes = await Promise.all(
    paths.map(async (path) => ({ path, mode: (await stat(join(folder, path))).mode })),
  );
  return ['.', ...modes.filter(({ mode }) => (mode & 0o077) !== 0).map(({ path }) => path)].sort();
}
