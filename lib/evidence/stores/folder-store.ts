import { randomBytes } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorCodeOf, fail } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import { sha256Of, sha256OfStream } from '../format/digest.ts';
import { partsOfKey } from './evidence-key.ts';
import type { EvidenceStore, PutOutcome, StoredItem } from './evidence-store.ts';
import { storeFailure } from './store-failures.ts';

/**
 * Folder, in the root, of files that are still being written: on the same file system, and never among what is
 * published, so that a writer killed in the middle leaves no stray file in a bundle. No key begins with `~`.
 */
const stagingName = '~staging';
/** A temporary file this old belongs to a process that died. */
const staleAfterMillis = 3_600_000;

/**
 * Evidence in a folder. A put writes a temporary file beside its place, syncs it, and hard-links it to
 * its name: link(2) never overwrites, so of concurrent puts exactly one wins, and a crash leaves
 * either nothing or the whole. Symbolic links are never followed.
 */
export function createFolderStore(root: string): EvidenceStore {
  const base = resolve(root);
  const url = `${pathToFileURL(base).href}/`;

  const staging = join(base, stagingName);
  let preparing: Promise<void> | undefined;
  const prepared = () => {
    preparing ??= mkdir(staging, { recursive: true }).then(() => removeStale(staging));
    return preparing.catch((error: unknown) => {
      preparing = undefined;
      throw error;
    });
  };

  /** Path of a key, after checking that no part of it is a symbolic link. */
  const locate = async (key: string): Promise<string> => {
    let path = base;
    for (const part of partsOfKey(key)) {
      path = join(path, part);
      const found = await lstat(path).catch(ignoreAbsent);
      if (found === undefined) break;
      if (found.isSymbolicLink()) refuseLink(path);
    }
    return join(base, key);
  };

  const put = async (
    key: string,
    sha256: Sha256,
    write: (path: string) => Promise<void>,
  ): Promise<PutOutcome> => {
    const path = await locate(key);
    const folder = resolve(path, '..');
    const existing = await lstat(path).catch(ignoreAbsent);
    if (existing !== undefined) return { kind: 'exists', sha256: await digestOf(path) };
    await mkdir(folder, { recursive: true });
    await prepared();
    const temporary = join(staging, randomBytes(12).toString('hex'));
    try {
      await write(temporary);
      await link(temporary, path);
      await syncFolder(folder);
      return { kind: 'stored', sha256 };
    } catch (error) {
      if (errorCodeOf(error) === 'EEXIST') return { kind: 'exists', sha256: await digestOf(path) };
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  };

  const guarded = async <T>(
    key: string,
    signal: AbortSignal | undefined,
    action: () => Promise<T>,
  ): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      throw storeFailure(error, url, key);
    }
  };

  return {
    url,
    putIfAbsent: (key, content, signal) =>
      guarded(key, signal, () => put(key, sha256Of(content), (path) => writeSynced(path, content))),
    putFileIfAbsent: (key, source, signal) =>
      guarded(key, signal, async () => {
        const sha256 = await digestOf(source);
        return put(key, sha256, (path) => copySynced(source, path));
      }),
    get: (key, signal) =>
      guarded(key, signal, async () => {
        const path = await locate(key);
        return await readFile(path, { ...(signal === undefined ? {} : { signal }) }).catch(ignoreAbsent);
      }),
    fetchTo: (key, destination, signal) =>
      guarded(key, signal, async () => {
        const path = await locate(key);
        if ((await stat(path).catch(ignoreAbsent)) === undefined) return false;
        await copyFile(path, destination, constants.COPYFILE_EXCL);
        return true;
      }),
    list: (prefix, signal) => listFolder(base, url, prefix, signal),
  };
}

async function* listFolder(
  base: string,
  url: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredItem> {
  const slash = prefix.lastIndexOf('/');
  const start = prefix.slice(0, slash + 1);
  if (start !== '') partsOfKey(start.slice(0, -1));
  const found: StoredItem[] = [];
  const walk = async (key: string): Promise<void> => {
    signal?.throwIfAborted();
    const entries = await readdir(join(base, key), { withFileTypes: true }).catch(ignoreAbsent);
    for (const entry of entries ?? []) {
      const child = `${key}${entry.name}`;
      if (child === stagingName) continue;
      if (entry.isSymbolicLink()) refuseLink(join(base, child));
      if (entry.isDirectory()) await walk(`${child}/`);
      else if (child.startsWith(prefix))
        found.push({ key: child, size: (await stat(join(base, child))).size });
    }
  };
  try {
    await walk(start);
  } catch (error) {
    throw storeFailure(error, url, prefix);
  }
  found.sort((one, other) => (one.key < other.key ? -1 : 1));
  yield* found;
}

function ignoreAbsent(error: unknown): undefined {
  const code = errorCodeOf(error);
  if (code === 'ENOENT') return undefined;
  throw error;
}

async function digestOf(path: string): Promise<Sha256> {
  return (await sha256OfStream(createReadStream(path))).sha256;
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function copySynced(source: string, path: string): Promise<void> {
  await copyFile(source, path, constants.COPYFILE_EXCL);
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeStale(staging: string): Promise<void> {
  for (const name of await readdir(staging)) {
    const path = join(staging, name);
    const found = await lstat(path).catch(ignoreAbsent);
    if (found !== undefined && Date.now() - found.mtimeMs > staleAfterMillis) await rm(path, { force: true });
  }
}

function refuseLink(path: string): never {
  return fail({
    exit: 'data',
    code: 'EVIDENCE_SYMLINK',
    message: 'a symbolic link stands in the evidence store',
    where: path,
    remedy: 'Remove the link; evidence is made of plain files and folders.',
  });
}
