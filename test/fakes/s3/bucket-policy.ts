import type { S3Request } from './request.ts';

/** What a bucket's policy forbids everybody, whoever asks. */
export type BucketPolicy = (request: S3Request) => 'allow' | 'deny';

/** The evidence bucket's: a key is written once and never removed. The lake has none. */
export const writeOncePolicy: BucketPolicy = ({ operation, headers }) => {
  if (operation === 'DeleteObject') return 'deny';
  // Uploads in parts pass no condition either.
  if (operation === 'Unknown') return 'deny';
  return operation === 'PutObject' && headers['if-none-match'] === undefined ? 'deny' : 'allow';
};

export const openPolicy: BucketPolicy = () => 'allow';
