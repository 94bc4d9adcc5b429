import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { sha256OfStream } from '../evidence/format/digest.ts';
import { publishObject } from '../evidence/publish-object.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { fail } from '../vocabulary/failure.ts';
import { readSet } from './fetch-files.ts';
import { type FileSet, fileKey, fileSetSchema, type KeptFile, setKey } from './file-set.ts';
import { inParallel } from './in-parallel.ts';

/** What keeping a set came to; a conflict changed nothing. */
export type KeepOutcome =
  | { readonly kind: 'kept' | 'identical'; readonly set: FileSet }
  | { readonly kind: 'conflict'; readonly set: FileSet; readonly existing: FileSet };

/**
 * Keeps files of a folder as one set: their bytes first, each under its digest, then the set, put if absent. A
 * crash before that leaves nothing that anyone reads, and the next call finds what it left.
 */
export async function keepFiles(
  store: EvidenceStore,
  prefix: string,
  name: string,
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<KeepOutcome> {
  const files = await inParallel(paths.toSorted(), async (path): Promise<KeptFile> => {
    const { sha256, size } = await sha256OfStream(createReadStream(join(folder, path)));
    const key = fileKey(prefix, { sha256 });
    const put = await store.putFileIfAbsent(key, join(folder, path), signal);
    if (put.sha256 !== sha256) refuseAltered(`${store.url}${key}`, put.sha256);
    return { path, sha256, size };
  });
  const set: FileSet = fileSetSchema.parse({ schema: 'fraud-platform/file-set/v1', files });
  const published = await publishObject(store, setKey(prefix, name), canonicalBytes(set), signal);
  if (published.kind !== 'conflict') {
    return { kind: published.kind === 'published' ? 'kept' : 'identical', set };
  }
  return { kind: 'conflict', set, existing: await readSet(store, prefix, name, signal) };
}

/** Every file below a folder, relative to it. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

function refuseAltered(where: string, found: string): never {
  return fail({
    exit: 'conflict',
    code: 'LAKE_FILE_ALTERED',
    message: 'a file of the lake does not have the digest that it is kept under',
    where,
    value: found,
    remedy: 'Find out who wrote it; remove that object, then run again.',
  });
}
