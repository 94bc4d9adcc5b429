import type { Sha256 } from '../../vocabulary/identifiers.ts';

/** What became of a put: the key is ours now, or it already held something (perhaps the same bytes). */
export type PutOutcome =
  | { readonly kind: 'stored'; readonly sha256: Sha256 }
  | { readonly kind: 'exists'; readonly sha256: Sha256 };

export type StoredItem = { readonly key: string; readonly size: number };

/**
 * Where evidence lives. Write-once: a key, once stored, never changes and is never removed through
 * this interface. Implemented by a folder and by S3, held to one conformance suite.
 *
 * Keys are relative, `/`-separated, of the characters `A–Z a–z 0–9 . _ = + -`, with no empty, `.` or
 * `..` part; another key throws `EVIDENCE_KEY_INVALID` (64).
 *
 * Every method throws `EVIDENCE_STORE_UNAVAILABLE` (75) when the store cannot be asked and
 * `EVIDENCE_STORE_NOT_PERMITTED` (77) when it refuses: an unreadable key is never reported as absent. S3 throws
 * `EVIDENCE_BUCKET_MISSING`, `EVIDENCE_BUCKET_ELSEWHERE` (78) and `EVIDENCE_REMOVED` (65) as well.
 */
export interface EvidenceStore {
  /** `file:///…` or `s3://bucket/prefix`; what a person can open. */
  readonly url: string;

  /** Stores the content unless the key exists. Of concurrent callers exactly one is told `stored`. */
  putIfAbsent(key: string, content: Uint8Array, signal?: AbortSignal): Promise<PutOutcome>;

  /** As `putIfAbsent`, from a file of any size, in bounded memory. */
  putFileIfAbsent(key: string, path: string, signal?: AbortSignal): Promise<PutOutcome>;

  /** The content, or `undefined` when the key is proven absent. */
  get(key: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;

  /** Copies the content to a new local file in bounded memory; `false` when the key is proven absent. */
  fetchTo(key: string, path: string, signal?: AbortSignal): Promise<boolean>;

  /** Every stored key that begins with the prefix, in ascending byte order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredItem>;
}
