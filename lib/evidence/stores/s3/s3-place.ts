import { partsOfKey } from '../evidence-key.ts';

/** Where a store lies: a bucket, and a prefix that is empty or ends in a slash. */
export type S3Place = { readonly bucket: string; readonly prefix: string };

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Reads `s3://bucket` or `s3://bucket/some/prefix`; `undefined` for anything else. Pure. */
export function parseS3Url(url: string): S3Place | undefined {
  const match = /^s3:\/\/([^/?#]+)(?:\/([^?#]*))?$/.exec(url);
  const [, bucket = '', path = ''] = match ?? [];
  if (!bucketPattern.test(bucket)) return undefined;
  const prefix = path.replace(/\/$/, '');
  if (prefix === '') return { bucket, prefix: '' };
  try {
    partsOfKey(prefix);
    return { bucket, prefix: `${prefix}/` };
  } catch {
    return undefined;
  }
}

export const s3Url = ({ bucket, prefix }: S3Place): string => `s3://${bucket}/${prefix}`;
