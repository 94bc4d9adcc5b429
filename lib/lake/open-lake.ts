import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { openS3Store } from '../evidence/stores/s3/open-s3-store.ts';
import { parseS3Url } from '../evidence/stores/s3/s3-place.ts';

/** Whether a place that a task is given lies in the lake, and not on a disk that it can see. */
export const isInLake = (place: string) => place.startsWith('s3://');

/**
 * The lake behind a URL `s3://bucket/prefix`, to which keys are relative; `undefined` for any other text. What
 * was removed there may be made anew.
 */
export function openLake(url: string, region?: string): EvidenceStore | undefined {
  const place = parseS3Url(url);
  return place === undefined
    ? undefined
    : openS3Store(place, { removed: 'absent', ...(region === undefined ? {} : { region }) });
}
