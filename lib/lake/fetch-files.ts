import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256OfStream } from '../evidence/format/digest.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { fail } from '../vocabulary/failure.ts';
import { type FileSet, fileKey, fileSetSchema, setKey } from './file-set.ts';
import { inParallel } from './in-parallel.ts';

/** Names of the sets below a prefix, ascending, of those whose name begins with `start`. */
export async function listSets(
  store: EvidenceStore,
  prefix: string,
  start: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names: string[] = [];
  const root = `${prefix}sets/`;
  for await (const { key } of store.list(`${root}${start}`, signal)) {
    if (key.endsWith('.json')) names.push(key.slice(root.length, -'.json'.length));
  }
  return names;
}

/** A set that is kept. Throws `LAKE_SET_MISSING` (64) and `LAKE_SET_MALFORMED` (65). */
export async function readSet(
  store: EvidenceStore,
  prefix: string,
  name: string,
  signal: AbortSignal,
): Promise<FileSet> {
  const key = setKey(prefix, name);
  const where = `${store.url}${key}`;
  const bytes = await store.get(key, signal);
  if (bytes === undefined) {
    return fail({
      exit: 'usage',
      code: 'LAKE_SET_MISSING',
      message: 'nothing is kept here in the lake',
      where,
      remedy: 'Correct the address; what was not committed does not exist.',
    });
  }
  const parsed = fileSetSchema.safeParse(parseCanonicalJson(bytes, where));
  if (parsed.success) return parsed.data;
  return fail({
    exit: 'data',
    code: 'LAKE_SET_MALFORMED',
    message: `a set of files in the lake is malformed: ${parsed.error.issues[0]?.message ?? ''}`,
    where,
    remedy: 'Find out who wrote it; make again what it belongs to.',
  });
}

/**
 * Copies every file of a set into a folder, each held to its digest. Throws `LAKE_FILE_MISSING` and
 * `LAKE_FILE_CORRUPT` (65).
 */
export async function fetchFiles(
  store: EvidenceStore,
  prefix: string,
  set: FileSet,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await inParallel(set.files, async (file) => {
    const key = fileKey(prefix, file);
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    if (!(await store.fetchTo(key, path, signal))) {
      refuseFile('LAKE_FILE_MISSING', 'a file of the lake that was committed is gone', `${store.url}${key}`);
    }
    const { sha256 } = await sha256OfStream(createReadStream(path));
    if (sha256 !== file.sha256) {
      refuseFile(
        'LAKE_FILE_CORRUPT',
        'a file of the lake does not have the digest that it was committed with',
        `${store.url}${key}`,
      );
    }
  });
}

function refuseFile(code: string, message: string, where: string): never {
  return fail({
    exit: 'data',
    code,
    message,
    where,
    remedy: 'Restore the version that was committed, or make again what the file belongs to.',
  });
}
