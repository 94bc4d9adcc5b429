import { fileURLToPath } from 'node:url';
import { fail } from '../../vocabulary/failure.ts';
import type { EvidenceStore } from './evidence-store.ts';
import { createFolderStore } from './folder-store.ts';

/** The store behind a URL. Throws `EVIDENCE_STORE_MALFORMED` (64) for another scheme or a relative path. */
export function openStore(url: string): EvidenceStore {
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
    remedy: 'Give file:/// and an absolute path.',
  });
}
