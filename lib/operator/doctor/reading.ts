import { cloudErrorKind, cloudErrorName } from '../../vocabulary/cloud-error.ts';
import { isPlatformError, messageOf } from '../../vocabulary/failure.ts';
import type { Reading } from './finding.ts';

const notPermitted: ReadonlySet<string> = new Set([
  'denied',
  'no-credentials',
  'expired-credentials',
  'unknown-credentials',
]);

/**
 * Runs a reader. What it throws becomes a reading that is not ok: `denied` where this user may not look, or is
 * nobody; else it may be tried again. Throws only when the signal is aborted.
 */
export async function readingOf<Fact>(
  read: () => Promise<Fact>,
  signal?: AbortSignal,
): Promise<Reading<Fact>> {
  try {
    return { kind: 'read', fact: await read() };
  } catch (error) {
    signal?.throwIfAborted();
    if (isPlatformError(error)) {
      const { exit, code, message } = error.failure;
      return { kind: 'unread', denied: exit === 'not-permitted', why: `${code}: ${message}` };
    }
    const why = [cloudErrorName(error), messageOf(error)].filter((text) => text !== '').join(': ');
    return { kind: 'unread', denied: notPermitted.has(cloudErrorKind(error)), why: why.slice(0, 300) };
  }
}

/** Reads on from what was read; what was not read stays unread, for its own reason. */
export async function readingAfter<First, Fact>(
  first: Reading<First>,
  read: (fact: First) => Promise<Fact>,
  signal?: AbortSignal,
): Promise<Reading<Fact>> {
  return first.kind === 'unread' ? first : await readingOf(() => read(first.fact), signal);
}

/** Two readings as one, which is read when both are. Pure. */
export function bothRead<One, Other>(
  one: Reading<One>,
  other: Reading<Other>,
): Reading<readonly [One, Other]> {
  if (one.kind === 'unread') return one;
  return other.kind === 'unread' ? other : { kind: 'read', fact: [one.fact, other.fact] };
}
