import { fileURLToPath } from 'node:url';
import { fail } from '../../vocabulary/failure.ts';
import type { EvidenceStore } from './evidence-store.ts';
import { createFolderStore } from './folder-store.ts';
import { openS3Store } from './s3/open-s3-store.ts';
import { parseS3Url } from './s3/s3-place.ts';

/**
 * The store behind a URL: `file:///folder/` or `s3://bucket/prefix`. Throws `EVIDENCE_STORE_MALFORMED` (64) for
 * another scheme or a relative path.
 */
export function openStore(url: string): EvidenceStore {
  const place = parseS3Url(url);
  if (place !== undefined) return openS3Store(place);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:' && parsed.hostname === '' && parsed.search === '' && parsed.hash === '') {
    return createFolderStore(fileURLToPath(parsed));
  }
  return fail({
    exit: 'usage',
    code: 'EVIDENCE_STORE_MALFORMED',
    message: 'not the URL of an evidence store',
    where: 'EVIDENCE_STORE',
    value: url.slice(0, 200),
    remedy: 'Give s3://bucket/prefix, or file:/// and an absolute path.',
  });
}
