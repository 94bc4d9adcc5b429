import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import type { EvidenceStore, StoredItem } from '../../../lib/evidence/stores/evidence-store.ts';
import type { Patience } from '../../../lib/evidence/stores/s3/patience.ts';
import { createS3Store } from '../../../lib/evidence/stores/s3/s3-store.ts';
import type { S3Object, S3Wire } from '../../../lib/evidence/stores/s3/s3-wire.ts';
import { hasCome } from './moment.ts';
import type { StoreDeed, StoreFault, StoreRequest } from './store-fault.ts';

/** The evidence store of an operator, with a schedule's faults between the two. */
export type FaultyStore = {
  readonly store: EvidenceStore;
  /** Requests so far, and how many of them met a fault. */
  readonly counts: () => { readonly calls: number; readonly struck: number };
  /** From now on every request is answered. */
  readonly heal: () => void;
};

/** A page of a list is short, so that every list has several. */
const pageSize = 5;

/**
 * The product's own store for S3 over a bucket that is really another store, which everybody else in the cloud
 * uses undisturbed. What the product tries again, and what it makes of an answer, is therefore what it does on AWS.
 */
export function openFaultyStore(
  real: EvidenceStore,
  faults: readonly StoreFault[],
  patience: Patience,
): FaultyStore {
  const numbers = new Map<StoreFault['on'], number>();
  let began: number | undefined;
  let struck = 0;
  let healed = false;

  const strike = (request: StoreRequest): StoreDeed | undefined => {
    began ??= performance.now();
    for (const name of [request, 'every request'] as const) numbers.set(name, (numbers.get(name) ?? 0) + 1);
    const at = performance.now() - began;
    const deed = healed
      ? undefined
      : faults.find(
          ({ on, when }) =>
            (on === request || on === 'every request') && hasCome(when, numbers.get(on) ?? 0, at),
        )?.does;
    if (deed !== undefined) struck += 1;
    return deed;
  };
  /** Makes a request, or meets a fault before or after it. */
  const ask = async <T>(
    request: StoreRequest,
    act: (deed: StoreDeed | undefined) => Promise<T>,
  ): Promise<T> => {
    const deed = strike(request);
    if (deed !== undefined) refuse(deed, request);
    const answer = await act(deed);
    if (deed === 'lost-reply') throw reset();
    if (deed === 'failing-late') throw answered('InternalError', 500);
    return answer;
  };
  const read = async (key: string): Promise<Uint8Array> => {
    const content = await real.get(key);
    if (content === undefined) throw answered('NoSuchKey', 404);
    return content;
  };

  const wire: S3Wire = {
    putIfAbsent: (key, content) =>
      ask('put', async () => {
        const bytes = 'bytes' in content ? content.bytes : await readFile(content.path);
        const { kind } = await real.putIfAbsent(key, bytes);
        if (kind === 'exists') throw answered('PreconditionFailed', 412);
      }),
    head: (key) =>
      ask('head', async () => {
        const content = await read(key);
        return { size: content.byteLength, sha256: sha256Of(content) };
      }),
    get: (key) =>
      ask('get', async (deed): Promise<S3Object> => {
        const content = await read(key);
        const sent = deed === 'half-body' ? content.subarray(0, content.byteLength / 2) : content;
        return { body: Readable.from([sent]), size: content.byteLength, sha256: sha256Of(content) };
      }),
    listPage: (prefix, after) =>
      ask('list', async () => {
        const rest: StoredItem[] = [];
        for await (const item of real.list(prefix)) {
          if (after === undefined || item.key > after) rest.push(item);
        }
        const items = rest.slice(0, pageSize);
        return { items, next: rest.length > items.length ? items.at(-1)?.key : undefined };
      }),
  };
  return {
    store: createS3Store({
      place: { bucket: 'evidence', prefix: '' },
      connect: async () => wire,
      patience,
    }),
    counts: () => ({ calls: numbers.get('every request') ?? 0, struck }),
    heal: () => {
      healed = true;
    },
  };
}

/** What a request meets before it has an effect. */
function refuse(deed: StoreDeed, request: StoreRequest): void {
  switch (deed) {
    case 'throttled':
      throw answered('SlowDown', 503);
    case 'failing':
      throw answered('InternalError', 500);
    case 'reset':
      throw reset();
    case 'denied':
      throw answered('AccessDenied', 403);
    case 'expired':
      throw answered('ExpiredToken', 400);
    case 'conflict':
      // Said only of a put that another one of its key is in flight with.
      if (request === 'put') throw answered('ConditionalRequestConflict', 409);
      return;
    case 'half-body':
    case 'lost-reply':
    case 'failing-late':
      return;
  }
}

const answered = (name: string, httpStatusCode: number) =>
  new S3ServiceException({
    name,
    message: name,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode },
  });

const reset = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
