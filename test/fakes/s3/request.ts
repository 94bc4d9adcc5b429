import type { IncomingMessage } from 'node:http';

export type S3Operation =
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'ListObjectsV2'
  | 'HeadBucket'
  | 'Unknown';

/** One request as the service understands it; path style, as for an endpoint that is an address. */
export type S3Request = {
  readonly operation: S3Operation;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
};

/** Reads a request whose body has arrived. */
export function readRequest(message: IncomingMessage, body: Buffer): S3Request {
  const [rawPath = '', rawQuery = ''] = (message.url ?? '').split('?', 2);
  const [, bucket = '', ...rest] = rawPath.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  const query = new URLSearchParams(rawQuery);
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  );
  const method = message.method ?? '';
  return {
    operation: operationOf(method, key, query),
    method,
    bucket,
    key,
    query,
    rawPath,
    rawQuery,
    headers,
    body,
  };
}

function operationOf(method: string, key: string, query: URLSearchParams): S3Operation {
  // Uploads in parts are no business of ours; evidence is put whole.
  if (query.has('uploads') || query.has('uploadId')) return 'Unknown';
  if (key === '') {
    if (method === 'GET' && query.get('list-type') === '2') return 'ListObjectsV2';
    return method === 'HEAD' ? 'HeadBucket' : 'Unknown';
  }
  switch (method) {
    case 'PUT':
      return 'PutObject';
    case 'GET':
      return 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'DELETE':
      return 'DeleteObject';
    default:
      return 'Unknown';
  }
}
