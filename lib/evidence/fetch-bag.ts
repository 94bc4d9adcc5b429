import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { fetchBundle, readCommit } from './publish-bundle.ts';
import type { EvidenceStore } from './stores/evidence-store.ts';

/**
 * Copies what lies below a prefix to a new folder as a plain bag: the bundle that is committed there, or, of the
 * prefix of a bag itself, its files. Returns the digest that the commit promises, if there is one. Nothing is
 * verified here. Throws `BUNDLE_NOT_FOUND` (64) when nothing lies there.
 */
export async function fetchBag(
  store: EvidenceStore,
  prefix: string,
  folder: string,
  signal: AbortSignal,
): Promise<Sha256 | undefined> {
  if ((await readCommit(store, prefix, signal)) !== undefined) {
    return (await fetchBundle(store, prefix, folder, signal)).bundle_digest_sha256;
  }
  let files = 0;
  for await (const { key } of store.list(prefix, signal)) {
    const path = join(folder, key.slice(prefix.length));
    await mkdir(dirname(path), { recursive: true });
    await store.fetchTo(key, path, signal);
    files += 1;
  }
  if (files > 0) return undefined;
  return fail({
    exit: 'usage',
    code: 'BUNDLE_NOT_FOUND',
    message: 'nothing lies below this prefix',
    where: `${store.url}${prefix}`,
    remedy:
      'Give the prefix at which a verdict was sealed, such as …/run_control/<execution>/, or that of a bag.',
  });
}
