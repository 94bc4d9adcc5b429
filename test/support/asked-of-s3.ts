import type { StorageAction } from '../../lib/task-contracts/define-task.ts';
import type { S3Call } from '../fakes/s3/fake-s3.ts';

/** One thing that was asked of S3, as IAM sees it; `key` is the prefix of a list. */
export type AskedOfS3 = { readonly action: StorageAction; readonly bucket: string; readonly key: string };

/**
 * What the requests of one access key ask of IAM. A key that is not there asks for the list as well: without it
 * S3 would say 403, and absent would look like forbidden. Pure.
 */
export function askedOfS3(calls: readonly S3Call[], accessKeyId: string): readonly AskedOfS3[] {
  return calls
    .filter((call) => call.accessKeyId === accessKeyId)
    .flatMap(({ operation, bucket, key, prefix, status }): readonly AskedOfS3[] => {
      switch (operation) {
        case 'PutObject':
          return [{ action: 's3:PutObject', bucket, key }];
        case 'GetObject':
        case 'HeadObject':
          return [
            { action: 's3:GetObject', bucket, key },
            ...(status === 404 ? [{ action: 's3:ListBucket', bucket, key } as const] : []),
          ];
        case 'ListObjectsV2':
          return [{ action: 's3:ListBucket', bucket, key: prefix }];
        default:
          throw new Error(`no action is known for ${operation}`);
      }
    });
}
