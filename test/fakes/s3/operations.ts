import { createHash } from 'node:crypto';
import { errorAnswer, escapeXml, type S3Answer, xmlAnswer } from './answer.ts';
import type { FakeBucket } from './bucket.ts';
import type { S3Request } from './request.ts';

/** Who asks, as far as it changes an answer: whether it may list, or AWS's words for why not. */
export type Permission = { readonly mayList: boolean | string };

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('base64');

/**
 * Stores an object. `contested`: another put of the key was decided while this one's body arrived; S3 then
 * refuses a conditional put with 409 rather than say what became of the key.
 */
export function putObject(bucket: FakeBucket, request: S3Request, contested: boolean): S3Answer {
  const { headers, body, key } = request;
  const announced = headers['x-amz-checksum-sha256'];
  const md5 = headers['content-md5'];
  if (headers['x-amz-decoded-content-length'] !== undefined) return errorAnswer('NotImplemented');
  if (headers['content-length'] === undefined) return errorAnswer('InvalidRequest');
  if (announced !== undefined && announced !== sha256(body)) return errorAnswer('BadDigest');
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64'))
    return errorAnswer('BadDigest');
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  const current = bucket.current(key);
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') return errorAnswer('NotImplemented');
    if (contested) return errorAnswer('ConditionalRequestConflict');
    if (current !== undefined) return errorAnswer('PreconditionFailed');
  }
  if (ifMatch !== undefined) {
    if (current === undefined) return errorAnswer('NoSuchKey');
    if (contested) return errorAnswer('ConditionalRequestConflict');
    if (current.etag !== ifMatch) return errorAnswer('PreconditionFailed');
  }
  const version = bucket.put(key, body, announced);
  return {
    status: 200,
    headers: {
      etag: version.etag,
      'x-amz-version-id': version.versionId,
      ...(announced === undefined ? {} : { 'x-amz-checksum-sha256': announced }),
    },
  };
}

/** Answers GetObject and HeadObject, of the current version or of one that is named. */
export function getObject(bucket: FakeBucket, request: S3Request, { mayList }: Permission): S3Answer {
  const { key, headers, query } = request;
  const versionId = query.get('versionId');
  const version =
    versionId === null
      ? bucket.latest(key)
      : bucket.versions.find((one) => one.key === key && one.versionId === versionId);
  if (version?.content === undefined) {
    // Who may not list must not learn which keys there are.
    if (typeof mayList === 'string') return errorAnswer('AccessDenied', {}, '', mayList);
    if (!mayList) return errorAnswer('AccessDenied');
    if (version !== undefined) return errorAnswer('NoSuchKey', { 'x-amz-delete-marker': 'true' });
    return errorAnswer(versionId === null ? 'NoSuchKey' : 'NoSuchVersion');
  }
  const facts = {
    etag: version.etag,
    'x-amz-version-id': version.versionId,
    'last-modified': new Date(version.at).toUTCString(),
    'content-type': 'application/octet-stream',
    ...(version.sha256 === undefined || headers['x-amz-checksum-mode'] !== 'ENABLED'
      ? {}
      : {
          'x-amz-checksum-sha256': version.sha256,
          'x-amz-checksum-type': /-\d+$/.test(version.sha256) ? 'COMPOSITE' : 'FULL_OBJECT',
        }),
  };
  const range = headers.range;
  if (range === undefined) {
    return { status: 200, headers: facts, body: version.content };
  }
  const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  const part = version.content.subarray(Number(first), last === '' ? undefined : Number(last) + 1);
  return { status: 206, headers: facts, body: part };
}

export function deleteObject(bucket: FakeBucket, { key, query }: S3Request): S3Answer {
  const versionId = query.get('versionId');
  if (versionId === null) {
    return {
      status: 204,
      headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': bucket.mark(key).versionId },
    };
  }
  bucket.remove(key, versionId);
  return { status: 204 };
}

/** One page of keys. `pageSize` is the most that the service gives, whatever is asked for. */
export function listObjects(bucket: FakeBucket, { query }: S3Request, pageSize: number): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const wanted = Math.min(Number(query.get('max-keys') ?? pageSize), pageSize);
  const token = query.get('continuation-token');
  const after =
    token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const rest = bucket.keys(prefix).filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
  const page = rest.slice(0, wanted);
  const truncated = page.length < rest.length;
  const contents = page.map((key) => {
    const object = bucket.current(key);
    return [
      `<Contents><Key>${escapeXml(key)}</Key>`,
      `<LastModified>${new Date(object?.at ?? 0).toISOString()}</LastModified>`,
      `<ETag>${escapeXml(object?.etag ?? '')}</ETag>`,
      `<Size>${object?.content.byteLength ?? 0}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    ].join('');
  });
  const next = Buffer.from(page.at(-1) ?? '').toString('base64url');
  return xmlAnswer(
    200,
    [
      '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
      `<Name>${bucket.name}</Name><Prefix>${escapeXml(prefix)}</Prefix>`,
      `<KeyCount>${page.length}</KeyCount><MaxKeys>${wanted}</MaxKeys><IsTruncated>${truncated}</IsTruncated>`,
      ...(truncated ? [`<NextContinuationToken>${next}</NextContinuationToken>`] : []),
      ...contents,
      '</ListBucketResult>',
    ].join(''),
  );
}
