import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { createS3Store } from '../../lib/evidence/stores/s3/s3-store.ts';
import { s3Wire } from '../../lib/evidence/stores/s3/s3-wire.ts';
import { storeConformance } from '../lib/evidence/stores/conformance.ts';
import { type Moto, startMoto } from './moto.ts';

const bucket = 'evidence-bucket';
let moto: Moto;
let client: S3Client;
let made = 0;
before(async () => {
  moto = await startMoto();
  client = new S3Client({
    region: 'eu-west-2',
    endpoint: moto.url,
    forcePathStyle: true,
    credentials: { accessKeyId: 'moto', secretAccessKey: 'moto' },
  });
  await client.send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-2' },
      ObjectLockEnabledForBucket: true,
    }),
  );
});
after(async () => {
  client.destroy();
  await moto.close();
});

// An S3 that somebody else wrote: what the store does is not made to fit the one of these tests.
storeConformance('S3 store on moto', async () => {
  made += 1;
  return createS3Store({
    place: { bucket, prefix: `store-${made}/` },
    connect: async () => s3Wire(client, bucket),
  });
});

test('what moto does not refuse is refused by the strict S3 of our own alone: a wrong checksum', async () => {
  const wrong = Buffer.from(sha256Of('other'), 'hex').toString('base64');
  const put = { Bucket: bucket, Key: 'wrong', Body: 'body', ChecksumSHA256: wrong };
  assert.equal((await client.send(new PutObjectCommand(put))).$metadata.httpStatusCode, 200);
});
