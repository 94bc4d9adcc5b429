import type { EvidenceStore } from '../evidence-store.ts';
import type { S3Place } from './s3-place.ts';
import { createS3Store } from './s3-store.ts';

/**
 * The store at a place in S3, by the SDK's ordinary chain of credentials and, unless it is given, region. Nothing
 * is asked and the SDK is not loaded before the first request.
 */
export function openS3Store(
  place: S3Place,
  { region, removed }: { readonly region?: string; readonly removed?: 'refused' | 'absent' } = {},
): EvidenceStore {
  return createS3Store({
    place,
    ...(removed === undefined ? {} : { removed }),
    connect: async () => {
      const { createS3Client, s3Wire } = await import('./s3-wire.ts');
      return s3Wire(createS3Client(region), place.bucket);
    },
  });
}
