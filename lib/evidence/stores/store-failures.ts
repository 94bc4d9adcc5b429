import { errorCodeOf, isPlatformError, messageOf, PlatformError } from '../../vocabulary/failure.ts';

const notPermitted = new Set(['EACCES', 'EPERM', 'EROFS']);
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * An error of the file system as a failure of the store: `EVIDENCE_STORE_NOT_PERMITTED` (77),
 * `EVIDENCE_STORE_FULL` (75) or `EVIDENCE_STORE_UNAVAILABLE` (75). Pure.
 */
export function storeFailure(error: unknown, url: string, key: string): PlatformError {
  if (isPlatformError(error)) return error;
  const code = errorCodeOf(error) ?? '';
  const where = `${url}${key}`;
  if (notPermitted.has(code)) {
    return new PlatformError(
      {
        exit: 'not-permitted',
        code: 'EVIDENCE_STORE_NOT_PERMITTED',
        message: `the evidence store refuses: ${messageOf(error)}`,
        where,
        remedy: 'Give this user access to the evidence store, then run again.',
      },
      { cause: error },
    );
  }
  if (full.has(code)) {
    return new PlatformError(
      {
        exit: 'transient',
        code: 'EVIDENCE_STORE_FULL',
        message: `the evidence store is full: ${messageOf(error)}`,
        where,
        remedy: 'Make room on its disk, then run again; nothing was half-written.',
      },
      { cause: error },
    );
  }
  return new PlatformError(
    {
      exit: 'transient',
      code: 'EVIDENCE_STORE_UNAVAILABLE',
      message: `the evidence store does not answer: ${messageOf(error)}`,
      where,
      remedy: 'Look at the store, then run again.',
    },
    { cause: error },
  );
}
