import { z } from 'zod';
import { type Sha256, sha256Schema } from '../../vocabulary/identifiers.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { canonicalBytes } from './canonical-json.ts';
import { sha256Of } from './digest.ts';
import { formatManifest } from './manifest.ts';
import { formatPassedFlag, passedFlagName } from './passed-flag.ts';

/** Where an item comes from: made by the run itself, computed from such items, or supplied by hand. */
export const originSchema = z.enum(['native', 'derived', 'manual']);
export type Origin = z.infer<typeof originSchema>;

/** One item of a bundle's payload: bytes in memory, or a file on this disk that is already digested. */
export type PayloadItem = {
  /** Path below `data/`. */
  readonly path: string;
  readonly origin: Origin;
} & (
  | { readonly content: Uint8Array }
  | { readonly file: string; readonly sha256: Sha256; readonly size: number }
);

export type BundleVerdict = {
  readonly result: 'PASS' | 'FAIL' | 'INDETERMINATE';
  readonly reasons: readonly string[];
};

export type BundleContent = {
  readonly items: readonly PayloadItem[];
  /** Names the inputs as one; the flag repeats it. */
  readonly manifestFingerprint: Sha256;
  readonly verdict: BundleVerdict;
  readonly inputs: readonly { readonly name: string; readonly sha256: Sha256 }[];
  readonly code: { readonly version: string; readonly imageDigest: string };
  /** Instants and the like, which stay outside the digest: the same inputs give the same bundle at any time. */
  readonly clocks: JsonObject;
};

export type Bundle = {
  /** SHA-256 of `manifest-sha256.txt`; the identity of the bundle. */
  readonly digest: Sha256;
  readonly verdict: BundleVerdict['result'];
  readonly statementDigest: Sha256;
  /** Payload by path from the folder of the bag, `data/items.json` included. */
  readonly payload: readonly (PayloadItem & { readonly sha256: Sha256; readonly size: number })[];
  /** Everything beside the payload, by file name. */
  readonly tags: ReadonlyMap<string, Uint8Array>;
};

export const statementName = 'statement.json';
export const itemsPath = 'data/items.json';
export const bagDeclaration = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
export const predicateType = 'urn:fraud-platform:evidence:v1';

export const itemsSchema = z.strictObject({
  schema: z.literal('fraud-platform/bundle-items/v1'),
  items: z.array(
    z.strictObject({ path: z.string(), sha256: sha256Schema, size: z.int().min(0), origin: originSchema }),
  ),
});

/** in-toto Statement v1 about a bundle. */
export const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.tuple([
    z.strictObject({
      name: z.literal('manifest-sha256.txt'),
      digest: z.strictObject({ sha256: sha256Schema }),
    }),
  ]),
  predicateType: z.literal(predicateType),
  predicate: z.strictObject({
    bundle_digest_sha256: sha256Schema,
    manifest_fingerprint: sha256Schema,
    verdict: z.strictObject({
      result: z.enum(['PASS', 'FAIL', 'INDETERMINATE']),
      reasons: z.array(z.string()),
    }),
    inputs: z.array(z.strictObject({ name: z.string(), sha256: sha256Schema })),
    code: z.strictObject({ version: z.string(), image_digest: z.string() }),
    clocks: z.record(z.string(), z.json()),
  }),
});

/** `Payload-Oxum` of RFC 8493: octets and number of the payload's files. */
export function formatBagInfo(payload: readonly { readonly size: number }[]): string {
  const octets = payload.reduce((sum, { size }) => sum + size, 0);
  return `Payload-Oxum: ${octets}.${payload.length}\n`;
}

/**
 * Lays out a bundle: a BagIt 1.0 bag (RFC 8493) with an in-toto statement and, for PASS only, the
 * flag. The tag manifest covers every other file beside the payload, so that one altered byte
 * anywhere is found. Pure; nothing is read or written. Throws on a path that no manifest may hold.
 */
export function layOutBundle(content: BundleContent): Bundle {
  const described = content.items.map((item) => ({
    ...item,
    ...describePayload(item),
    path: `data/${item.path}`,
  }));
  const items = canonicalBytes({
    schema: 'fraud-platform/bundle-items/v1',
    items: [...described]
      .sort((one, other) => (one.path < other.path ? -1 : 1))
      .map(({ path, sha256, size, origin }) => ({ path, sha256, size, origin })),
  });
  const payload = [
    ...described,
    {
      path: itemsPath,
      origin: 'derived' as const,
      content: items,
      sha256: sha256Of(items),
      size: items.byteLength,
    },
  ];
  const encoder = new TextEncoder();
  const manifest = encoder.encode(formatManifest(payload));
  const digest = sha256Of(manifest);
  const statement = canonicalBytes({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'manifest-sha256.txt', digest: { sha256: digest } }],
    predicateType,
    predicate: {
      bundle_digest_sha256: digest,
      manifest_fingerprint: content.manifestFingerprint,
      verdict: { result: content.verdict.result, reasons: content.verdict.reasons },
      inputs: content.inputs.map(({ name, sha256 }) => ({ name, sha256 })),
      code: { version: content.code.version, image_digest: content.code.imageDigest },
      clocks: content.clocks,
    },
  });
  const tags = new Map<string, Uint8Array>([
    ['bagit.txt', encoder.encode(bagDeclaration)],
    ['bag-info.txt', encoder.encode(formatBagInfo(payload))],
    ['manifest-sha256.txt', manifest],
    [statementName, statement],
  ]);
  if (content.verdict.result === 'PASS') {
    const flag = { bundleDigest: digest, manifestFingerprint: content.manifestFingerprint };
    tags.set(passedFlagName, formatPassedFlag(flag));
  }
  const covered = [...tags].map(([path, bytes]) => ({ path, sha256: sha256Of(bytes) }));
  tags.set('tagmanifest-sha256.txt', encoder.encode(formatManifest(covered)));
  return { digest, verdict: content.verdict.result, statementDigest: sha256Of(statement), payload, tags };
}

function describePayload(item: PayloadItem): { readonly sha256: Sha256; readonly size: number } {
  if ('file' in item) return { sha256: item.sha256, size: item.size };
  return { sha256: sha256Of(item.content), size: item.content.byteLength };
}
