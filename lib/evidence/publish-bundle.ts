import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fail } from '../vocabulary/failure.ts';
import { type Sha256, sha256Schema } from '../vocabulary/identifiers.ts';
import type { Bundle } from './format/bundle.ts';
import { canonicalBytes, parseCanonicalJson } from './format/canonical-json.ts';
import { sha256Of } from './format/digest.ts';
import { parseManifest } from './format/manifest.ts';
import { publishObject } from './publish-object.ts';
import { refuseCredentials, refuseCredentialsInFile } from './refuse-credentials.ts';
import type { EvidenceStore } from './stores/evidence-store.ts';

/** The object that makes a bundle exist. Files that no commit names are no evidence. */
export const commitSchema = z.strictObject({
  schema: z.literal('fraud-platform/bundle-commit/v1'),
  bundle_digest_sha256: sha256Schema,
  statement_sha256: sha256Schema,
  /** Prefix, below the commit's own, of the files of the bag. */
  location: z.string().regex(/^bundles\/[a-f0-9]{64}\/[a-f0-9]{16}\/$/),
  verdict: z.enum(['PASS', 'FAIL', 'INDETERMINATE']),
});
export type BundleCommit = z.infer<typeof commitSchema>;

export type BundleOutcome =
  | { readonly kind: 'published' | 'identical'; readonly commit: BundleCommit }
  | { readonly kind: 'conflict'; readonly existing: BundleCommit };

const commitName = 'bundle.commit.json';

/**
 * Publishes a bundle below a prefix, whole or not at all: audit, files under their digest, then one
 * commit object put if absent. A crash before the commit leaves files that do not exist for any
 * reader; the next call resumes. Committed before with the same digest is `identical`, whatever the
 * clocks in its statement; with another digest, `conflict`, and nothing is changed.
 *
 * Throws `CREDENTIAL_FOUND` (65) before the first put.
 */
export async function publishBundle(
  store: EvidenceStore,
  prefix: string,
  bundle: Bundle,
  knownSecrets: readonly string[] = [],
  signal?: AbortSignal,
): Promise<BundleOutcome> {
  const committed = await readCommit(store, prefix, signal);
  if (committed !== undefined) return compareCommit(committed, bundle.digest);
  await auditBundle(bundle, knownSecrets);
  // The statement may differ between attempts (its clocks do), so each has a place of its own.
  const location = `bundles/${bundle.digest}/${bundle.statementDigest.slice(0, 16)}/`;
  // Order matters only before the commit object: whatever else is there, without it nothing exists.
  await Promise.all([
    ...bundle.payload.map(async (item) => {
      const key = `${prefix}${location}${item.path}`;
      const put =
        'file' in item
          ? await store.putFileIfAbsent(key, item.file, signal)
          : await store.putIfAbsent(key, item.content, signal);
      if (put.sha256 !== item.sha256) refuseAlteredStage(key, item.sha256, put.sha256);
    }),
    ...[...bundle.tags].map(async ([name, content]) => {
      const key = `${prefix}${location}${name}`;
      const put = await store.putIfAbsent(key, content, signal);
      if (put.sha256 !== sha256Of(content)) refuseAlteredStage(key, sha256Of(content), put.sha256);
    }),
  ]);
  const commit: BundleCommit = {
    schema: 'fraud-platform/bundle-commit/v1',
    bundle_digest_sha256: bundle.digest,
    statement_sha256: bundle.statementDigest,
    location,
    verdict: bundle.verdict,
  };
  const outcome = await publishObject(store, `${prefix}${commitName}`, canonicalBytes(commit), signal);
  if (outcome.kind === 'published') return { kind: 'published', commit };
  const winner = await readCommit(store, prefix, signal);
  return winner === undefined ? { kind: 'identical', commit } : compareCommit(winner, bundle.digest);
}

/** The commit below a prefix, or `undefined` when nothing is committed there. */
export async function readCommit(
  store: EvidenceStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<BundleCommit | undefined> {
  const key = `${prefix}${commitName}`;
  const bytes = await store.get(key, signal);
  if (bytes === undefined) return undefined;
  const parsed = commitSchema.safeParse(parseCanonicalJson(bytes, key));
  if (parsed.success) return parsed.data;
  return fail({
    exit: 'data',
    code: 'COMMIT_MALFORMED',
    message: 'the commit object of a bundle is not well formed',
    where: key,
    remedy: 'Restore the object from another copy of the evidence.',
  });
}

/**
 * Copies a committed bundle to a new folder as a plain bag. The folder appears whole or not at all.
 * Throws `BUNDLE_NOT_COMMITTED` (65), and what the file system throws where the folder is there already. What
 * was copied is not yet verified: call `verifyBundleFolder`.
 */
export async function fetchBundle(
  store: EvidenceStore,
  prefix: string,
  folder: string,
  signal?: AbortSignal,
): Promise<BundleCommit> {
  const commit = await readCommit(store, prefix, signal);
  if (commit === undefined) {
    return fail({
      exit: 'data',
      code: 'BUNDLE_NOT_COMMITTED',
      message: 'no bundle is committed here',
      where: `${store.url}${prefix}`,
      remedy: 'See what there is: fraudctl runs list',
    });
  }
  const staged = `${folder}.partial`;
  await rm(staged, { recursive: true, force: true });
  // Also of a bundle whose files are gone: that is for who verifies it to find.
  await mkdir(staged, { recursive: true });
  const base = `${prefix}${commit.location}`;
  for await (const { key } of store.list(base, signal)) {
    const path = join(staged, key.slice(base.length));
    await mkdir(dirname(path), { recursive: true });
    await store.fetchTo(key, path, signal);
  }
  await rename(staged, folder);
  return commit;
}

/** Whether a payload file of a committed bundle is what the bundle says; its bytes, or `undefined` when absent. */
export async function readBundleItem(
  store: EvidenceStore,
  prefix: string,
  commit: BundleCommit,
  path: string,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const base = `${prefix}${commit.location}`;
  const manifest = await store.get(`${base}manifest-sha256.txt`, signal);
  if (manifest === undefined || sha256Of(manifest) !== commit.bundle_digest_sha256) return undefined;
  const entry = parseManifest(new TextDecoder().decode(manifest), 'manifest-sha256.txt').find(
    (line) => line.path === path,
  );
  const content = await store.get(`${base}${path}`, signal);
  return content !== undefined && entry !== undefined && sha256Of(content) === entry.sha256
    ? content
    : undefined;
}

async function auditBundle(bundle: Bundle, knownSecrets: readonly string[]): Promise<void> {
  for (const item of bundle.payload) {
    if ('file' in item) await refuseCredentialsInFile(item.path, item.file, knownSecrets);
    else refuseCredentials(item.path, item.content, knownSecrets);
  }
  for (const [name, content] of bundle.tags) refuseCredentials(name, content, knownSecrets);
}

function compareCommit(existing: BundleCommit, digest: Sha256): BundleOutcome {
  return existing.bundle_digest_sha256 === digest
    ? { kind: 'identical', commit: existing }
    : { kind: 'conflict', existing };
}

function refuseAlteredStage(key: string, expected: Sha256, existing: Sha256): never {
  return fail({
    exit: 'conflict',
    code: 'STAGED_FILE_ALTERED',
    message: `a file of an unfinished publish holds other bytes (${existing}, expected ${expected})`,
    where: key,
    remedy: 'Somebody else wrote below the digest of this bundle; find out who before publishing again.',
  });
}
