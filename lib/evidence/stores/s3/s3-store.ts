import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fail } from '../../../vocabulary/failure.ts';
import { sha256Of, sha256OfStream } from '../../format/digest.ts';
import { partsOfKey } from '../evidence-key.ts';
import type { EvidenceStore, PutOutcome, StoredItem } from '../evidence-store.ts';
import { storeFailure } from '../store-failures.ts';
import { ordinaryPatience, type Patience, withPatience } from './patience.ts';
import { fetchWhole, readWhole } from './read-object.ts';
import { isRemoved, s3AnswerOf, s3Failure } from './s3-failure.ts';
import { type S3Place, s3Url } from './s3-place.ts';
import type { S3Content, S3Wire } from './s3-wire.ts';
import { limitTime, type TimeLimit } from './time-limit.ts';

/** S3 takes no more in one put, and what is put in parts has no digest of its own. */
const largestObject = 5 * 1024 ** 3;

export type S3StoreOptions = {
  readonly place: S3Place;
  /** Called at the first request and not again: the SDK costs nothing to who never asks. */
  readonly connect: () => Promise<S3Wire>;
  /**
   * What a key is on which a delete marker stands: evidence is never removed, so there it is refused; where
   * things may be made anew, it is absent.
   */
  readonly removed?: 'refused' | 'absent';
  readonly patience?: Patience;
};

type Answer<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'exists' | 'absent' };

/**
 * Evidence in S3. A put is one PutObject with `If-None-Match: *` and its SHA-256, never in parts: S3 lets one
 * of concurrent puts win and refuses bytes that are not those of the digest. 412 means that the key holds
 * something, perhaps from a put of ours whose answer was lost, so its digest is asked for; 409 means that
 * nobody has won yet. What is read is held against its length and digest, and read again when it is not whole.
 */
export function createS3Store({
  place,
  connect,
  removed = 'refused',
  patience = ordinaryPatience,
}: S3StoreOptions): EvidenceStore {
  const url = s3Url(place);
  const whole = (key: string) => `${place.prefix}${key}`;
  let wire: Promise<S3Wire> | undefined;

  /** One request, made until it is answered; what S3 refuses for good comes as a failure of the store. */
  const ask = async <T>(
    key: string,
    signal: AbortSignal | undefined,
    size: number,
    request: (wire: S3Wire, limit: TimeLimit) => Promise<T>,
  ): Promise<Answer<T>> => {
    try {
      wire ??= connect();
      const s3 = await wire;
      const again = (error: unknown) => s3AnswerOf(error) === 'again';
      const value = await withPatience(patience, signal, again, async () => {
        using limit = limitTime(signal, size);
        return await request(s3, limit);
      });
      return { kind: 'done', value };
    } catch (error) {
      signal?.throwIfAborted();
      if (removed === 'refused' && isRemoved(error)) refuseRemoved(`${url}${key}`);
      const kind = s3AnswerOf(error);
      if (kind === 'exists' || kind === 'absent') return { kind };
      throw s3Failure(error, url, key);
    }
  };

  const getObject = async (s3: S3Wire, key: string, limit: TimeLimit) => {
    const object = await s3.get(whole(key), limit.signal);
    limit.renew(object.size ?? 0);
    return object;
  };

  /** Digest of a key that a put found taken. */
  const existing = async (key: string, signal: AbortSignal | undefined): Promise<PutOutcome> => {
    const answer = await ask(key, signal, 0, async (s3, limit) => {
      const { sha256 } = await s3.head(whole(key), limit.signal);
      // Who put it gave no digest: then it is read.
      return sha256 ?? (await readWhole(await getObject(s3, key, limit), () => undefined));
    });
    if (answer.kind === 'done') return { kind: 'exists', sha256: answer.value };
    throw s3Failure(new Error('the key is taken for a put and absent for a read'), url, key);
  };

  const put = async (
    key: string,
    content: S3Content,
    signal: AbortSignal | undefined,
  ): Promise<PutOutcome> => {
    const answer = await ask(key, signal, content.size, (s3, limit) =>
      s3.putIfAbsent(whole(key), content, limit.signal),
    );
    return answer.kind === 'done' ? { kind: 'stored', sha256: content.sha256 } : await existing(key, signal);
  };

  async function* list(prefix: string, signal: AbortSignal | undefined): AsyncGenerator<StoredItem> {
    const slash = prefix.lastIndexOf('/');
    if (slash !== -1) partsOfKey(prefix.slice(0, slash));
    let last = '';
    let after: string | undefined;
    do {
      const token = after;
      const answer = await ask(prefix, signal, 0, (s3, limit) =>
        s3.listPage(whole(prefix), token, limit.signal),
      );
      if (answer.kind !== 'done') throw s3Failure(new Error('a list was answered like a key'), url, prefix);
      for (const item of answer.value.items) {
        const key = item.key.slice(place.prefix.length);
        if (!item.key.startsWith(whole(prefix)) || key <= last) refuseList(`${url}${prefix}`, item.key);
        last = key;
        // What the console makes to show an empty folder.
        if (key.endsWith('/') && item.size === 0) continue;
        partsOfKey(key);
        yield { key, size: item.size };
      }
      after = answer.value.next;
    } while (after !== undefined);
  }

  return {
    url,
    putIfAbsent: async (key, bytes, signal) => {
      partsOfKey(key);
      return await put(key, { bytes, sha256: sha256Of(bytes), size: bytes.byteLength }, signal);
    },
    putFileIfAbsent: async (key, path, signal) => {
      partsOfKey(key);
      const content = await digestFile(path, `${url}${key}`);
      return await put(key, content, signal);
    },
    get: async (key, signal) => {
      partsOfKey(key);
      const answer = await ask(key, signal, 0, async (s3, limit) => {
        const chunks: Uint8Array[] = [];
        await readWhole(await getObject(s3, key, limit), (chunk) => void chunks.push(chunk));
        return Buffer.concat(chunks);
      });
      return answer.kind === 'done' ? answer.value : undefined;
    },
    fetchTo: async (key, path, signal) => {
      partsOfKey(key);
      const answer = await ask(key, signal, 0, async (s3, limit) =>
        fetchWhole(await getObject(s3, key, limit), path, `${url}${key}`),
      );
      return answer.kind === 'done';
    },
    list,
  };
}

async function digestFile(path: string, where: string): Promise<S3Content> {
  try {
    const { size } = await stat(path);
    if (size > largestObject) refuseLarge(where, size);
    return { path, ...(await sha256OfStream(createReadStream(path))) };
  } catch (error) {
    throw storeFailure(error, where, '');
  }
}

function refuseLarge(where: string, size: number): never {
  return fail({
    exit: 'data',
    code: 'EVIDENCE_FILE_TOO_LARGE',
    message: `a file of ${size} bytes is more than S3 takes in one put`,
    where,
    remedy: 'Write it in parts of less than 5 GiB; every part then has a digest of its own.',
  });
}

function refuseRemoved(where: string): never {
  return fail({
    exit: 'data',
    code: 'EVIDENCE_REMOVED',
    message: 'somebody removed this evidence: a delete marker stands in its place',
    where,
    remedy: 'Find out who; the version below the marker is still there and can be restored.',
  });
}

function refuseList(where: string, key: string): never {
  return fail({
    exit: 'transient',
    code: 'EVIDENCE_LIST_UNORDERED',
    message:
      'the store lists a key outside the prefix, or not in byte order: parts of the list may be missing',
    where,
    value: key.slice(0, 200),
    remedy: 'Run again; if it stays, look at what stands between this machine and S3.',
  });
}
