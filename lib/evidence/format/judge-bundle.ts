import { failureOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import {
  type BundleVerdict,
  bagDeclaration,
  formatBagInfo,
  itemsPath,
  itemsSchema,
  statementName,
  statementSchema,
} from './bundle.ts';
import { parseCanonicalJson } from './canonical-json.ts';
import { sha256Of } from './digest.ts';
import { type ManifestEntry, parseManifest } from './manifest.ts';
import { parsePassedFlag, passedFlagName } from './passed-flag.ts';

/** One entry found in the folder of a bundle, at any depth; folders themselves are not entries. */
export type FoundEntry =
  | {
      readonly path: string;
      readonly kind: 'file';
      readonly sha256: Sha256;
      readonly size: number;
      readonly content?: Uint8Array;
    }
  | { readonly path: string; readonly kind: 'symlink' }
  | { readonly path: string; readonly kind: 'other' }
  | { readonly path: string; readonly kind: 'unreadable'; readonly why: string };

export type ItemReport = {
  readonly path: string;
  readonly state:
    | 'ok'
    | 'missing'
    | 'extra'
    | 'altered'
    | 'symlink'
    | 'not-a-file'
    | 'unreadable'
    | 'malformed';
  readonly detail: string;
};

export type BundleReport = {
  /** `whole-pass` is the only one that counts as PASS anywhere. */
  readonly verdict: 'whole-pass' | 'whole-not-pass' | 'broken';
  readonly bundleDigest: Sha256 | undefined;
  readonly manifestFingerprint: Sha256 | undefined;
  readonly stated: BundleVerdict | undefined;
  readonly items: readonly ItemReport[];
};

const tagNames = ['bagit.txt', 'bag-info.txt', 'manifest-sha256.txt', statementName] as const;
const tagManifestName = 'tagmanifest-sha256.txt';

/** Names of the files whose bytes `judgeBundle` needs, beside their digests. */
export function needsContent(path: string): boolean {
  return [...tagNames, tagManifestName, passedFlagName, itemsPath].some((name) => name === path);
}

/**
 * Judges what was found in the folder of a bundle. Pure. Every file is reported on; one that is
 * missing, extra, altered, unreadable, a link or malformed makes the bundle broken, and a bundle that
 * is whole passes only when statement and flag both say PASS about this very digest.
 */
export function judgeBundle(found: readonly FoundEntry[]): BundleReport {
  const reports: ItemReport[] = [];
  const report = (path: string, state: ItemReport['state'], detail = '') => {
    reports.push({ path, state, detail });
  };
  const files = new Map<string, FoundEntry & { kind: 'file' }>();
  for (const entry of found) {
    if (entry.kind === 'file') files.set(entry.path, entry);
    else if (entry.kind === 'symlink') report(entry.path, 'symlink', 'links are never followed');
    else if (entry.kind === 'other') report(entry.path, 'not-a-file');
    else report(entry.path, 'unreadable', entry.why);
  }
  const bytes = (path: string) => files.get(path)?.content;
  const parse = <T>(path: string, read: (content: Uint8Array) => T): T | undefined => {
    const content = bytes(path);
    if (content === undefined) return undefined;
    try {
      return read(content);
    } catch (error) {
      const { message, where } = failureOf(error);
      report(path, 'malformed', where === undefined || where === path ? message : `${where}: ${message}`);
      return undefined;
    }
  };
  const expectText = (path: string, expected: string) => {
    const content = bytes(path);
    if (content !== undefined && sha256Of(content) !== sha256Of(expected)) {
      report(path, 'malformed', 'not what the bag requires');
    }
  };

  const payload = parse('manifest-sha256.txt', (content) =>
    parseManifest(decode(content), 'manifest-sha256.txt'),
  );
  const tags = parse(tagManifestName, (content) => parseManifest(decode(content), tagManifestName));
  const statement = parse(statementName, (content) =>
    statementSchema.parse(parseCanonicalJson(content, statementName)),
  );
  const items = parse(itemsPath, (content) => itemsSchema.parse(parseCanonicalJson(content, itemsPath)));
  const flag = parse(passedFlagName, (content) => parsePassedFlag(content, passedFlagName));
  const digest = files.get('manifest-sha256.txt')?.sha256;
  const flagExpected = statement?.predicate.verdict.result === 'PASS';

  const expected = new Map<string, Sha256 | undefined>([[tagManifestName, undefined]]);
  for (const name of tagNames) expected.set(name, undefined);
  if (flagExpected) expected.set(passedFlagName, undefined);
  const list = (
    entries: readonly ManifestEntry[] | undefined,
    lawful: (path: string) => boolean,
    where: string,
  ) => {
    for (const { path, sha256 } of entries ?? []) {
      if (lawful(path)) expected.set(path, sha256);
      else report(where, 'malformed', `lists ${path}, which does not belong there`);
    }
  };
  const isTag = (path: string) => tagNames.some((name) => name === path) || path === passedFlagName;
  list(payload, (path) => path.startsWith('data/'), 'manifest-sha256.txt');
  list(tags, isTag, tagManifestName);
  if (payload !== undefined && !payload.some(({ path }) => path === itemsPath)) {
    report(itemsPath, 'missing', 'the manifest does not list it');
  }
  for (const name of tagNames) {
    if (tags !== undefined && !tags.some(({ path }) => path === name)) {
      report(tagManifestName, 'malformed', `does not list ${name}`);
    }
  }

  const reported = new Set(reports.map(({ path }) => path));
  for (const [path, sha256] of expected) {
    const file = files.get(path);
    if (file === undefined) {
      if (!reported.has(path)) report(path, 'missing');
    } else if (sha256 !== undefined && file.sha256 !== sha256) {
      report(path, 'altered', `is ${file.sha256}, must be ${sha256}`);
    } else if (!reported.has(path)) report(path, 'ok', `${file.size} bytes`);
  }
  for (const path of files.keys()) if (!expected.has(path)) report(path, 'extra', 'nothing lists it');

  expectText('bagit.txt', bagDeclaration);
  if (payload !== undefined) {
    const sizes = payload.flatMap(({ path }) => files.get(path) ?? []);
    if (sizes.length === payload.length) expectText('bag-info.txt', formatBagInfo(sizes));
  }
  if (items !== undefined && payload !== undefined && !itemsMatch(items.items, payload, files)) {
    report(itemsPath, 'malformed', 'does not describe the payload that the manifest lists');
  }
  if (statement !== undefined) {
    const { predicate, subject } = statement;
    if (predicate.bundle_digest_sha256 !== digest || subject[0].digest.sha256 !== digest) {
      report(statementName, 'malformed', 'is about another bundle');
    }
    if (predicate.verdict.result === 'PASS' && items?.items.some(({ origin }) => origin === 'manual')) {
      report(statementName, 'malformed', 'says PASS on a payload with a manual item');
    }
    if (flag !== undefined && flag.manifestFingerprint !== predicate.manifest_fingerprint) {
      report(passedFlagName, 'malformed', 'has another manifest_fingerprint than the statement');
    }
  }
  if (flag !== undefined && flag.bundleDigest !== digest)
    report(passedFlagName, 'malformed', 'is about another bundle');

  const broken = statement === undefined || reports.some(({ state }) => state !== 'ok');
  reports.sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
  return {
    verdict: broken ? 'broken' : flag !== undefined && flagExpected ? 'whole-pass' : 'whole-not-pass',
    bundleDigest: digest,
    manifestFingerprint: statement?.predicate.manifest_fingerprint,
    stated: statement?.predicate.verdict,
    items: reports,
  };
}

function itemsMatch(
  items: readonly { readonly path: string; readonly sha256: Sha256; readonly size: number }[],
  payload: readonly ManifestEntry[],
  files: ReadonlyMap<string, { readonly size: number }>,
): boolean {
  const listed = new Map(
    payload.filter(({ path }) => path !== itemsPath).map(({ path, sha256 }) => [path, sha256]),
  );
  return (
    items.length === listed.size &&
    new Set(items.map(({ path }) => path)).size === items.length &&
    items.every(({ path, sha256, size }) => listed.get(path) === sha256 && files.get(path)?.size === size)
  );
}

function decode(content: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
}
