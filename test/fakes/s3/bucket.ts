import { createHash, randomBytes } from 'node:crypto';

/** One version of a key; a delete marker has no content. */
export type ObjectVersion = {
  readonly key: string;
  readonly versionId: string;
  readonly content: Buffer | undefined;
  readonly etag: string;
  /** Base64, when it was put with one; of an upload in parts, the digest of their digests, and how many: `…=-2`. */
  readonly sha256: string | undefined;
  readonly at: number;
};

/** A versioned bucket: the truth that tests compare with. The last version of a key is the current one. */
export class FakeBucket {
  readonly name: string;
  readonly region: string;
  readonly versions: ObjectVersion[] = [];

  constructor(name: string, region: string) {
    this.name = name;
    this.region = region;
  }

  latest(key: string): ObjectVersion | undefined {
    return this.versions.findLast((version) => version.key === key);
  }

  /** The current object, or `undefined` when there is none or a delete marker stands there. */
  current(key: string): (ObjectVersion & { readonly content: Buffer }) | undefined {
    const version = this.latest(key);
    return version?.content === undefined ? undefined : { ...version, content: version.content };
  }

  put(key: string, content: Buffer, sha256?: string): ObjectVersion {
    const etag = `"${createHash('md5').update(content).digest('hex')}"`;
    return this.#add({ key, content, etag, sha256 });
  }

  /** What an upload in parts with SHA-256 leaves: S3 knows the digests of its parts, and none of the whole. */
  putInParts(key: string, parts: readonly Buffer[]): ObjectVersion {
    const digests = (algorithm: string) =>
      createHash(algorithm).update(
        Buffer.concat(parts.map((part) => createHash(algorithm).update(part).digest())),
      );
    return this.#add({
      key,
      content: Buffer.concat(parts),
      etag: `"${digests('md5').digest('hex')}-${parts.length}"`,
      sha256: `${digests('sha256').digest('base64')}-${parts.length}`,
    });
  }

  /** Hides a key behind a delete marker, as a delete without a version does. */
  mark(key: string): ObjectVersion {
    return this.#add({ key, content: undefined, etag: '', sha256: undefined });
  }

  /** Removes one version for good. */
  remove(key: string, versionId: string): boolean {
    const at = this.versions.findIndex((version) => version.key === key && version.versionId === versionId);
    if (at !== -1) this.versions.splice(at, 1);
    return at !== -1;
  }

  /** Keys that hold an object now, in byte order. */
  keys(prefix = ''): readonly string[] {
    const all = new Set(this.versions.map(({ key }) => key));
    return [...all]
      .filter((key) => key.startsWith(prefix) && this.current(key) !== undefined)
      .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  }

  #add(version: Omit<ObjectVersion, 'versionId' | 'at'>): ObjectVersion {
    const added = { ...version, versionId: randomBytes(12).toString('base64url'), at: Date.now() };
    this.versions.push(added);
    return added;
  }
}
