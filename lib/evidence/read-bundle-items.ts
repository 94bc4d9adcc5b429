import { fail } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { itemsPath, itemsSchema } from './format/bundle.ts';
import { parseEvidence } from './format/parse-evidence.ts';
import { readBundleItem, readCommit } from './publish-bundle.ts';
import type { EvidenceStore } from './stores/evidence-store.ts';

/** One file of the payload of a committed bundle, by its path below `data/`, with what the bundle says of it. */
export type BundleItem = {
  readonly path: string;
  readonly origin: 'native' | 'derived' | 'manual';
  readonly sha256: Sha256;
  readonly content: Uint8Array;
};

/**
 * The items of the bundle that is committed below a prefix. Bytes that are not those of their digest come as
 * they are, for whoever judges; an item that is not there is named among the `absent`. Throws
 * `BUNDLE_NOT_COMMITTED` and `BUNDLE_UNREADABLE` (65).
 */
export async function readBundleItems(
  store: EvidenceStore,
  prefix: string,
  signal: AbortSignal,
): Promise<{
  readonly items: readonly BundleItem[];
  readonly absent: readonly string[];
  readonly bundleDigest: Sha256;
}> {
  const commit = await readCommit(store, prefix, signal);
  if (commit === undefined) {
    return fail({
      exit: 'data',
      code: 'BUNDLE_NOT_COMMITTED',
      message: 'no bundle is committed here: what nobody vouches for is not judged',
      where: `${store.url}${prefix}`,
      remedy: 'Follow the execution to its end with fraudctl attach, which seals what it left.',
    });
  }
  const listed = await readBundleItem(store, prefix, commit, itemsPath, signal);
  const described = parseEvidence(listed, itemsSchema)?.items;
  if (described === undefined) {
    return fail({
      exit: 'data',
      code: 'BUNDLE_UNREADABLE',
      message:
        listed === undefined
          ? 'the bundle does not say what it holds, or says it in other bytes than were sealed'
          : 'the bundle says what it holds in a form that this version does not read',
      where: `${store.url}${prefix}${commit.location}${itemsPath}`,
      remedy:
        listed === undefined
          ? 'Restore the bundle from another copy: the run-control one, the run-scoped one, or the mirror.'
          : 'Judge it with the version that sealed it; statement.json beside it says which.',
    });
  }
  const found = await Promise.all(
    described.map(async ({ path, origin, sha256 }) => {
      const content = await store.get(`${prefix}${commit.location}${path}`, signal);
      return { path: path.replace(/^data\//, ''), origin, sha256, content };
    }),
  );
  return {
    items: found.flatMap(({ content, ...item }) => (content === undefined ? [] : [{ ...item, content }])),
    absent: found.flatMap(({ content, path }) => (content === undefined ? [path] : [])),
    bundleDigest: commit.bundle_digest_sha256,
  };
}
