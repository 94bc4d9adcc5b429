import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCodeOf, type Failure, fail, isPlatformError, messageOf } from '../../lib/vocabulary/failure.ts';

/**
 * Refuses the file of an `--out`, if one is given, when it is there already (`OUT_EXISTS`, 64) or its folder takes
 * none (`OUT_UNUSABLE`, 64): before anything is asked for it.
 */
export async function requireNewFile(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const found = await lstat(file).catch((error: unknown) =>
    errorCodeOf(error) === 'ENOENT' ? undefined : refuseUnusable(file, messageOf(error)),
  );
  if (found !== undefined) {
    fail({ ...exists(file), exit: 'usage', remedy: 'Give a new file; nothing was asked.' });
  }
  const folder = dirname(resolve(file));
  const why = await whyUnusable(folder);
  if (why !== undefined) refuseUnusable(folder, why);
}

/** Refuses the folder of an `--out`, if one is given, that is none and cannot be made: `OUT_UNUSABLE` (64). */
export async function requireFolder(given: string | undefined): Promise<void> {
  if (given === undefined) return;
  for (let folder = resolve(given); ; folder = dirname(folder)) {
    const why = await whyUnusable(folder);
    if (why === undefined) return;
    // What is missing will be made in the folder above it.
    if (why !== missing || folder === dirname(folder)) refuseUnusable(folder, why);
  }
}

/**
 * Writes what an `--out` is to hold. What the file system has against it is told as that: `OUT_EXISTS` (73) or
 * `OUT_NOT_WRITTEN` (75).
 */
export async function writeOut(place: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isPlatformError(error)) throw error;
    if (errorCodeOf(error) === 'EEXIST') fail(exists(place), error);
    fail(
      {
        exit: 'transient',
        code: 'OUT_NOT_WRITTEN',
        message: `what was asked for cannot be written: ${messageOf(error)}`,
        where: '--out',
        value: place,
        remedy: 'See that its folder is there, is writable and has space left, and run again.',
      },
      error,
    );
  }
}

const missing = 'there is no such folder';

async function whyUnusable(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'this is not a folder';
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return errorCodeOf(error) === 'ENOENT' ? missing : messageOf(error);
  }
}

function exists(place: string): Failure {
  return {
    exit: 'conflict',
    code: 'OUT_EXISTS',
    message: 'another file of this name is there already',
    where: '--out',
    value: place,
    remedy: 'Give a new name.',
  };
}

function refuseUnusable(place: string, why: string): never {
  return fail({
    exit: 'usage',
    code: 'OUT_UNUSABLE',
    message: `nothing can be written there: ${why}`,
    where: '--out',
    value: place.slice(0, 200),
    remedy: 'Give a place in a folder that is there and writable; nothing was asked.',
  });
}
