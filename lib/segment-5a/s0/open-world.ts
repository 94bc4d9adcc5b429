import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { type ManifestEntry, parseManifest } from '../../evidence/format/manifest.ts';
import { passedFlagName } from '../../evidence/format/passed-flag.ts';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import { fail, messageOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import { digestOfFile } from '../frame/receipt-store.ts';
import { dataFault } from '../frame/segment-failure.ts';
import { type WorldDocument, worldDocumentName, worldDocumentSchema } from '../world-document.ts';

/** A bundle that was found whole and passed. */
export type VerifiedBundle = {
  readonly segment: string;
  readonly bundleDigest: Sha256;
  readonly flagDigest: Sha256;
  readonly manifestFingerprint: Sha256;
};

/** A world whose every byte was compared with its manifest. */
export type World = {
  /** Absolute path of the payload: where the tables lie. */
  readonly data: string;
  readonly bundle: VerifiedBundle;
  readonly upstream: readonly VerifiedBundle[];
  readonly document: WorldDocument;
  /** SHA-256 of every payload file by its path below `data`. */
  readonly digests: ReadonlyMap<string, Sha256>;
};

/**
 * Verifies a world's bundle, and each upstream bundle that it names by its own flag. Throws
 * `S0_UPSTREAM_NOT_PASS` (65) for one that is not whole or has not passed, naming the first file at
 * fault, `S0_REQUIRED_INPUT_MISSING` (78) when there is no world, `S0_IO_READ_FAILED` (75).
 */
export async function openWorld(folder: string, signal?: AbortSignal): Promise<World> {
  const bundle = await verified(folder, 'world', signal);
  const data = join(folder, 'data');
  const entries = parseManifest(await readText(join(folder, 'manifest-sha256.txt')), 'manifest-sha256.txt');
  const document = await readDocument(join(data, worldDocumentName));
  const upstream: VerifiedBundle[] = [];
  for (const { segment, path } of document.upstream) {
    if (upstream.some((one) => one.segment === segment)) {
      dataFault({
        code: 'S0_SEALED_INPUT_SCHEMA_MISMATCH',
        message: 'the world names an upstream segment twice',
        where: worldDocumentName,
        value: segment,
        remedy: 'Name each upstream segment once.',
      });
    }
    upstream.push(await verified(join(data, path), segment, signal));
  }
  return { data, bundle, upstream, document, digests: payloadDigests(entries) };
}

async function verified(folder: string, segment: string, signal?: AbortSignal): Promise<VerifiedBundle> {
  const report = await verifyBundleFolder(folder, signal).catch((error: unknown) =>
    fail(
      {
        exit: 'refused',
        code: 'S0_REQUIRED_INPUT_MISSING',
        message: `there is no bundle of ${segment}: ${messageOf(error)}`,
        where: folder,
        remedy: 'Name the folder of a sealed world (fraudctl world generate makes one).',
      },
      error,
    ),
  );
  const { verdict, bundleDigest, manifestFingerprint } = report;
  const flagDigest = await digestOfFile(join(folder, passedFlagName));
  const whole = bundleDigest !== undefined && manifestFingerprint !== undefined && flagDigest !== undefined;
  if (verdict === 'whole-pass' && whole) return { segment, bundleDigest, flagDigest, manifestFingerprint };
  const first = report.items.find(({ state }) => state !== 'ok');
  return dataFault({
    code: 'S0_UPSTREAM_NOT_PASS',
    message:
      first === undefined
        ? `the bundle of ${segment} is whole but has not passed`
        : `the bundle of ${segment} is broken: ${first.path} is ${first.state}${first.detail === '' ? '' : ` (${first.detail})`}`,
    where: first === undefined ? folder : join(folder, first.path),
    value: verdict,
    remedy: 'Restore the bundle from another copy or make it again; a sealed bundle is never edited.',
  });
}

function payloadDigests(entries: readonly ManifestEntry[]): ReadonlyMap<string, Sha256> {
  return new Map(entries.map(({ path, sha256 }) => [path.replace(/^data\//, ''), sha256]));
}

async function readDocument(path: string): Promise<WorldDocument> {
  const parsed = worldDocumentSchema.safeParse(parseCanonicalJson(Buffer.from(await readText(path)), path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return dataFault({
    code: 'S0_SEALED_INPUT_SCHEMA_MISMATCH',
    message: `the world's document is malformed: ${issue?.message ?? ''}`,
    where: `${path}: ${issue?.path.join('.') ?? ''}`,
    remedy: 'Make the world again, or write the document as docs and schema say.',
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return fail(
      {
        exit: 'transient',
        code: 'S0_IO_READ_FAILED',
        message: `a file of the world cannot be read: ${messageOf(error)}`,
        where: path,
        remedy: 'Make the file readable and run again.',
      },
      error,
    );
  }
}
