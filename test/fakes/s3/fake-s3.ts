import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorAnswer, type S3Answer } from './answer.ts';
import { FakeBucket } from './bucket.ts';
import { type BucketPolicy, openPolicy } from './bucket-policy.ts';
import { type S3Fault, type S3FaultKind, type S3Moment, takeFault } from './fault.ts';
import { deleteObject, getObject, listObjects, putObject } from './operations.ts';
import { readRequest, type S3Operation, type S3Request } from './request.ts';
import { sendAnswer } from './send-answer.ts';
import { signatureFault } from './signature.ts';

/** What somebody wants to do; `key` is the prefix for `ListBucket`. */
export type S3Wish = {
  readonly accessKeyId: string;
  readonly operation: S3Operation | 'ListBucket';
  readonly bucket: string;
  readonly key: string;
};

export type FakeS3Options = {
  readonly region?: string;
  readonly buckets: readonly {
    readonly name: string;
    readonly region?: string;
    readonly policy?: BucketPolicy;
  }[];
  /** Secrets by access key id; others are unknown. */
  readonly accessKeys?: Readonly<Record<string, string>>;
  /** What an access key may do; everything without it. A text is AWS's words for why not. */
  readonly permits?: (wish: S3Wish) => boolean | string;
  /** Keys a page of a list, at most. */
  readonly pageSize?: number;
  /** Asked for every request, after the list of faults; a seeded one makes a schedule. */
  readonly schedule?: (moment: S3Moment) => S3FaultKind | undefined;
  /** Milliseconds since 1970, as the service sees it. */
  readonly now?: () => number;
};

/** One request that arrived, whatever became of it; `status` is `undefined` while, and if ever, unanswered. */
export type S3Call = S3Moment & {
  readonly accessKeyId: string;
  readonly bucket: string;
  /** What a list was asked for; empty for any other operation. */
  readonly prefix: string;
  readonly fault: S3FaultKind | undefined;
  status: number | undefined;
};

export type FakeS3 = {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What really is there. */
  readonly bucket: (name: string) => FakeBucket;
  readonly calls: readonly S3Call[];
  /** Each strikes the next request that it fits, once. */
  readonly faults: S3Fault[];
  readonly close: () => Promise<void>;
};

const ordinaryKey = { id: 'AKIDFAKEFORTESTS', secret: 'a-secret-of-the-fake' };

/**
 * S3 on loopback, as strict as the real one where evidence depends on it: signatures, checksums, conditions,
 * policies, who may list. Path style; no uploads in parts.
 */
export async function startFakeS3(options: FakeS3Options): Promise<FakeS3> {
  const region = options.region ?? 'eu-west-2';
  const accessKeys = options.accessKeys ?? { [ordinaryKey.id]: ordinaryKey.secret };
  const now = options.now ?? Date.now;
  const buckets = new Map(
    options.buckets.map(({ name, region: own, policy }) => [
      name,
      { bucket: new FakeBucket(name, own ?? region), policy: policy ?? openPolicy },
    ]),
  );
  const calls: S3Call[] = [];
  const faults: S3Fault[] = [];
  /** How often a key was put successfully: tells a put that was contested while its body arrived. */
  const decided = new Map<string, number>();

  const judge = (request: S3Request, decidedAtArrival: number): S3Answer => {
    const known = buckets.get(request.bucket);
    const wanted = known?.bucket.region ?? region;
    const fault = signatureFault(request, wanted, (id) => accessKeys[id], now());
    if (fault === 'AuthorizationHeaderMalformed')
      return errorAnswer(fault, { 'x-amz-bucket-region': wanted }, `<Region>${wanted}</Region>`);
    if (fault !== undefined) return errorAnswer(fault);
    if (known === undefined) return errorAnswer('NoSuchBucket');
    const { bucket, policy } = known;
    const accessKeyId = accessKeyOf(request);
    const permits = (operation: S3Operation | 'ListBucket', key: string) =>
      options.permits?.({ accessKeyId, operation, bucket: bucket.name, key }) ?? true;
    const listed = request.query.get('prefix') ?? '';
    const permitted =
      request.operation === 'ListObjectsV2'
        ? permits('ListBucket', listed)
        : permits(request.operation === 'HeadObject' ? 'GetObject' : request.operation, request.key);
    const said = policy(request);
    if (typeof said === 'object') return errorAnswer('AccessDenied', {}, '', said.denied);
    if (permitted !== true || said === 'deny') return errorAnswer('AccessDenied');
    switch (request.operation) {
      case 'PutObject': {
        const place = `${request.bucket}/${request.key}`;
        const answer = putObject(bucket, request, (decided.get(place) ?? 0) !== decidedAtArrival);
        if (answer.status === 200) decided.set(place, (decided.get(place) ?? 0) + 1);
        return answer;
      }
      case 'GetObject':
      case 'HeadObject':
        return getObject(bucket, request, { mayList: permits('ListBucket', request.key) });
      case 'DeleteObject':
        return deleteObject(bucket, request);
      case 'ListObjectsV2':
        return listObjects(bucket, request, options.pageSize ?? 1_000);
      case 'HeadBucket':
        return { status: 200 };
      default:
        return errorAnswer('NotImplemented');
    }
  };

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const early = readRequest(message, Buffer.alloc(0));
    const decidedAtArrival = decided.get(`${early.bucket}/${early.key}`) ?? 0;
    const moment = { number: calls.length + 1, operation: early.operation, key: early.key };
    const fault = takeFault(faults, moment) ?? options.schedule?.(moment);
    const call: S3Call = {
      ...moment,
      accessKeyId: accessKeyOf(early),
      bucket: early.bucket,
      prefix: early.query.get('prefix') ?? '',
      fault,
      status: undefined,
    };
    calls.push(call);
    const chunks: Buffer[] = [];
    for await (const chunk of message) {
      chunks.push(chunk);
      if (fault === 'slow-intake') await delay(5);
    }
    const body = Buffer.concat(chunks);
    if (fault === 'garbled' && body.length > 0) body.writeUInt8(body.readUInt8(0) ^ 1, 0);
    call.status = await sendAnswer(response, early.method, fault, () =>
      judge(readRequest(message, body), decidedAtArrival),
    );
  };

  const server = createServer((message, response) => {
    // A client that goes away in the middle of its request is its own affair.
    answer(message, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [accessKeyId = '', secretAccessKey = ''] = Object.entries(accessKeys)[0] ?? [];
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region,
    accessKeyId,
    secretAccessKey,
    bucket: (name) => {
      const found = buckets.get(name);
      if (found === undefined) throw new Error(`the fake has no bucket ${name}`);
      return found.bucket;
    },
    calls,
    faults,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Id of the key that a request is signed with, or `''`. */
function accessKeyOf({ headers }: S3Request): string {
  return /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
}
