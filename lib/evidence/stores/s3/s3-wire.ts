import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type Sha256, sha256Schema } from '../../../vocabulary/identifiers.ts';
import type { StoredItem } from '../evidence-store.ts';

/** Bytes to put, whose digest and length are known before the first of them is sent. */
export type S3Content = { readonly sha256: Sha256; readonly size: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly path: string }
);

/** What S3 says of an object; the digest only of one that was put with it. */
export type S3Facts = { readonly size: number | undefined; readonly sha256: Sha256 | undefined };
export type S3Object = S3Facts & { readonly body: Readable };

/**
 * The requests that the store makes of S3, each once: nothing is tried again here. Keys are whole. Every call
 * rejects with the SDK's own error, or with that of the signal.
 */
export type S3Wire = {
  readonly putIfAbsent: (key: string, content: S3Content, signal: AbortSignal) => Promise<void>;
  readonly head: (key: string, signal: AbortSignal) => Promise<S3Facts>;
  readonly get: (key: string, signal: AbortSignal) => Promise<S3Object>;
  readonly listPage: (
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<{ readonly items: readonly StoredItem[]; readonly next: string | undefined }>;
};

/**
 * Milliseconds until a connection stands, and of silence on one that does. How long a request may take in all
 * depends on its size and is the store's to say: the SDK's own timeout would end a long upload.
 */
export type S3Timeouts = { readonly connect: number; readonly silence: number };

/** The SDK complains to the console of what the store heals; a task's output is its own. */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const ordinaryTimeouts: S3Timeouts = { connect: 3_000, silence: 15_000 };

/**
 * A client of the SDK's ordinary chain of credentials, or of the region that is given; `AWS_ENDPOINT_URL_S3`
 * counts. It tries once: the store knows better than the SDK what may be tried again, and a body that is
 * streamed from a file cannot be sent twice by anyone else.
 */
export function createS3Client(region: string | undefined, timeouts = ordinaryTimeouts): S3Client {
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    maxAttempts: 1,
    logger: silent,
    requestHandler: {
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.silence,
    },
  });
}

/** The wire of one bucket through a client. */
export function s3Wire(client: S3Client, bucket: string): S3Wire {
  return {
    putIfAbsent: async (key, content, abortSignal) => {
      const send = async (Body: Buffer | Readable) => {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body,
            ContentLength: content.size,
            ChecksumSHA256: Buffer.from(content.sha256, 'hex').toString('base64'),
            IfNoneMatch: '*',
          }),
          { abortSignal },
        );
      };
      if ('bytes' in content) return send(Buffer.from(content.bytes));
      const file = readFirst(content.path, content.size);
      // The SDK pipes the file without listening to it.
      const unreadable = new Promise<never>((_, reject) => file.once('error', reject));
      try {
        await Promise.race([send(file), unreadable]);
      } finally {
        file.destroy();
      }
    },
    head: async (key, abortSignal) => {
      const answer = await client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
        { abortSignal },
      );
      return { size: answer.ContentLength, sha256: digestOf(answer.ChecksumSHA256) };
    },
    get: async (key, abortSignal) => {
      const answer = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
        { abortSignal },
      );
      if (!(answer.Body instanceof Readable)) throw new Error('S3 answered without a body');
      return {
        body: answer.Body,
        size: answer.ContentLength,
        sha256: digestOf(answer.ChecksumSHA256),
      };
    },
    listPage: async (prefix, after, abortSignal) => {
      const answer = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: after }),
        { abortSignal },
      );
      const items = (answer.Contents ?? []).map(({ Key, Size }) => {
        if (Key === undefined || Size === undefined)
          throw new Error('S3 listed an object without key or size');
        return { key: Key, size: Size };
      });
      if (answer.IsTruncated === true && answer.NextContinuationToken === undefined) {
        throw new Error('S3 cut a list short and did not say where to go on');
      }
      return { items, next: answer.IsTruncated === true ? answer.NextContinuationToken : undefined };
    },
  };
}

/** The bytes that were digested: a file that grew meanwhile must not send more than it announced. */
function readFirst(path: string, size: number): Readable {
  return size === 0 ? Readable.from([]) : createReadStream(path, { start: 0, end: size - 1 });
}

/** The 32 bytes of one digest. Of an object uploaded in parts S3 says `…=-N`, a digest of digests: Node would decode it. */
const wholeDigest = /^[A-Za-z0-9+/]{43}=$/;

/** The digest of a whole object; nothing where it was uploaded in parts: that of its parts tells nothing here. */
function digestOf(base64: string | undefined): Sha256 | undefined {
  if (base64 === undefined || !wholeDigest.test(base64)) return undefined;
  return sha256Schema.safeParse(Buffer.from(base64, 'base64').toString('hex')).data;
}
