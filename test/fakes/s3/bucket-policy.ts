import type { S3Request } from './request.ts';

/** What a bucket's policy forbids everybody, whoever asks; with AWS's own words for it, when there are. */
export type BucketPolicy = (request: S3Request) => 'allow' | 'deny' | { readonly denied: string };

/** The evidence bucket's: a key is written once and never removed. The lake has none. */
export const writeOncePolicy: BucketPolicy = ({ operation, headers }) => {
  if (operation === 'DeleteObject') return 'deny';
  // Uploads in parts pass no condition either.
  if (operation === 'Unknown') return 'deny';
  return operation === 'PutObject' && headers['if-none-match'] === undefined ? 'deny' : 'allow';
};

export const openPolicy: BucketPolicy = () => 'allow';
