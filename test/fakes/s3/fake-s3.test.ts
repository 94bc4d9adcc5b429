import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { s3Variables } from '../../support/s3-environment.ts';
import { writeOncePolicy } from './bucket-policy.ts';
import { type FakeS3, startFakeS3 } from './fake-s3.ts';

/** The fake is worth what it refuses: what would pass here and not in AWS would prove nothing. */
let fake: FakeS3;
let client: S3Client;
before(async () => {
  fake = await startFakeS3({ buckets: [{ name: 'evidence', policy: writeOncePolicy }, { name: 'lake' }] });
  Object.assign(process.env, s3Variables(fake));
  client = new S3Client({ maxAttempts: 1 });
});
after(async () => {
  client.destroy();
  await fake.close();
});

const statusOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: unknown) => (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : error),
  );
const base64 = (text: string) => Buffer.from(sha256Of(text), 'hex').toString('base64');
const put = (Bucket: string, Key: string, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'body', ChecksumSHA256: base64('body'), ...more }));

test('a checksum that is not that of the body is refused', async () => {
  assert.equal(await statusOf(put('lake', 'checked', { ChecksumSHA256: base64('other') })), 400);
  assert.equal(fake.bucket('lake').current('checked'), undefined);
});

test('a request without a signature, or whose body was changed after it, is refused', async () => {
  const plain = await fetch(`${fake.url}/lake/unsigned`, { method: 'PUT', body: 'body' });
  assert.equal(plain.status, 403);
  fake.faults.push({ kind: 'garbled' });
  assert.equal(await statusOf(put('lake', 'changed')), 400);
  assert.deepEqual(fake.bucket('lake').keys(), []);
});

test('the evidence bucket takes conditional puts alone, deletes nothing, takes no parts', async () => {
  assert.equal(await statusOf(put('evidence', 'key')), 403);
  assert.equal(await statusOf(put('evidence', 'key', { IfNoneMatch: '*' })), 200);
  assert.equal(await statusOf(put('evidence', 'key', { IfNoneMatch: '*' })), 412);
  assert.equal(await statusOf(client.send(new DeleteObjectCommand({ Bucket: 'evidence', Key: 'key' }))), 403);
  assert.equal(
    await statusOf(client.send(new CreateMultipartUploadCommand({ Bucket: 'evidence', Key: 'parts' }))),
    403,
  );
  assert.deepEqual(fake.bucket('evidence').keys(), ['key']);
});

test('a put with If-Match replaces that very version', async () => {
  const first = await put('lake', 'lease');
  assert.equal(await statusOf(put('lake', 'lease', { IfMatch: '"other"' })), 412);
  assert.equal(await statusOf(put('lake', 'lease', { IfMatch: first.ETag })), 200);
  assert.equal(await statusOf(put('lake', 'nothing', { IfMatch: first.ETag })), 404);
});

test('a delete leaves a marker above the versions, which can still be read', async () => {
  const { VersionId } = await put('lake', 'deleted');
  await client.send(new DeleteObjectCommand({ Bucket: 'lake', Key: 'deleted' }));
  assert.equal(await statusOf(client.send(new GetObjectCommand({ Bucket: 'lake', Key: 'deleted' }))), 404);
  const old = await client.send(new GetObjectCommand({ Bucket: 'lake', Key: 'deleted', VersionId }));
  assert.equal(await old.Body?.transformToString(), 'body');
});

test('a put that was decided by another while its body arrived is a conflict, not an existing key', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 8 }, () => statusOf(put('lake', 'contested', { IfNoneMatch: '*' }))),
  );
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  assert.ok(statuses.every((status) => [200, 409, 412].includes(Number(status))));
});
