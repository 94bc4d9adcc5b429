import type { Sha256 } from '../vocabulary/identifiers.ts';
import { sha256Of } from './format/digest.ts';
import type { EvidenceStore } from './stores/evidence-store.ts';

/** What publishing came to. A conflict changed nothing; it is the caller's to refuse with exit 73. */
export type PublishOutcome =
  | { readonly kind: 'published' | 'identical'; readonly sha256: Sha256 }
  | { readonly kind: 'conflict'; readonly sha256: Sha256; readonly existing: Sha256 };

/**
 * Publishes one object under a key, once. The same content again is `identical`, which also covers a
 * put of ours whose answer was lost; other content is a `conflict`.
 */
export async function publishObject(
  store: EvidenceStore,
  key: string,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const sha256 = sha256Of(content);
  const put = await store.putIfAbsent(key, content, signal);
  if (put.kind === 'stored') return { kind: 'published', sha256 };
  return put.sha256 === sha256
    ? { kind: 'identical', sha256 }
    : { kind: 'conflict', sha256, existing: put.sha256 };
}
