import {
  type CloudErrorKind,
  cloudErrorKind,
  cloudErrorName,
  cloudReasons,
  headerOf,
  httpStatusOf,
} from '../../../vocabulary/cloud-error.ts';
import { isPlatformError, messageOf, PlatformError } from '../../../vocabulary/failure.ts';

/**
 * What an answer of S3 means to a store: the key holds something, it is proven to hold nothing, the same
 * request may well succeed in a moment, or it will not. `refused` covers 403: S3 says it also of a key that is
 * not there to who may not list, so it is never taken for absent.
 */
export type S3Answer = 'exists' | 'absent' | 'again' | 'refused';

/** 400s of which the sender is innocent: what arrived is not what was sent, or not all of it. */
const garbled = new Set([
  'BadDigest',
  'IncompleteBody',
  'InvalidDigest',
  'RequestTimeout',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
]);

/** Reads an error of the SDK; one of our own is final. Pure. */
export function s3AnswerOf(error: unknown): S3Answer {
  if (isPlatformError(error)) return 'refused';
  const kind = cloudErrorKind(error);
  if (kind === 'answered') {
    const name = cloudErrorName(error);
    const status = httpStatusOf(error);
    if (name === 'NoSuchKey') return 'absent';
    if (status === 412) return 'exists';
    // 409: another put of this key is in flight, and may yet fail.
    return status === 409 || garbled.has(name) ? 'again' : 'refused';
  }
  return again.has(kind) ? 'again' : 'refused';
}

const again: ReadonlySet<CloudErrorKind> = new Set(['throttled', 'unreachable', 'failing', 'skewed-clock']);

/** Whether a key is absent because somebody removed it: a delete marker stands where an object stood. Pure. */
export function isRemoved(error: unknown): boolean {
  return s3AnswerOf(error) === 'absent' && headerOf(error, 'x-amz-delete-marker') === 'true';
}

/**
 * An error of S3 as a failure of the store: `EVIDENCE_STORE_NOT_PERMITTED` (77), `EVIDENCE_BUCKET_MISSING`
 * and `EVIDENCE_BUCKET_ELSEWHERE` (78), or `EVIDENCE_STORE_UNAVAILABLE` (75). Pure.
 */
export function s3Failure(error: unknown, url: string, key: string): PlatformError {
  if (isPlatformError(error)) return error;
  const where = `${url}${key}`;
  const name = cloudErrorName(error);
  const status = httpStatusOf(error);
  const kind = cloudErrorKind(error);
  // Who may not do what is in AWS's own words only; other messages say less than their names.
  const words = kind === 'denied' && messageOf(error) !== '' ? `: ${messageOf(error)}` : '';
  const says = status === undefined ? messageOf(error) : `${name} (${status})${words}`;
  if (name === 'NoSuchBucket') {
    return new PlatformError(
      {
        exit: 'refused',
        code: 'EVIDENCE_BUCKET_MISSING',
        message: 'there is no such bucket',
        where,
        remedy: 'Deploy the foundation stack of this environment, or correct the URL of the store.',
      },
      { cause: error },
    );
  }
  if (status === 301 || status === 307 || name === 'AuthorizationHeaderMalformed') {
    return new PlatformError(
      {
        exit: 'refused',
        code: 'EVIDENCE_BUCKET_ELSEWHERE',
        message: `the bucket is in another region: ${says}`,
        where,
        remedy: 'Set AWS_REGION, or the region of the environment file, to the region of the bucket.',
      },
      { cause: error },
    );
  }
  const reason = cloudReasons[kind];
  if (reason !== undefined) {
    return new PlatformError(
      {
        exit: 'not-permitted',
        code: 'EVIDENCE_STORE_NOT_PERMITTED',
        message: `the evidence store refuses: ${reason.what} (${says})`,
        where,
        remedy: reason.remedy,
      },
      { cause: error },
    );
  }
  return new PlatformError(
    {
      exit: 'transient',
      code: 'EVIDENCE_STORE_UNAVAILABLE',
      message: `the evidence store does not answer: ${says}`,
      where,
      remedy: 'Look at the store, then run again.',
    },
    { cause: error },
  );
}
