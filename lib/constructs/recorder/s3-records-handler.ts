import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';

const attempts = 5;

/**
 * Puts a small object once. 412 means that the key exists: its digest says whether with our content, as
 * after a put of ours whose answer was lost. 409 means that another put is in flight, and is tried again.
 */
export async function putObjectIfAbsent(
  s3: S3Client,
  bucket: string,
  key: string,
  content: Uint8Array,
): Promise<'stored' | 'identical' | 'conflict'> {
  const digest = createHash('sha256').update(content).digest('base64');
  for (let attempt = 1; ; attempt += 1) {
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: content,
          ContentType: 'application/json',
          ChecksumSHA256: digest,
          IfNoneMatch: '*',
        }),
      );
      return 'stored';
    } catch (error) {
      const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
      if (status === 412) break;
      if (status !== 409 || attempt >= attempts) throw error;
      await delay(100 * 2 ** attempt);
    }
  }
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
  return head.ChecksumSHA256 === digest ? 'identical' : 'conflict';
}
