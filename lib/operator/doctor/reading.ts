import { failureOf } from '../../vocabulary/failure.ts';
import { asCloudFailure } from '../cloud-failure.ts';
import type { Reading } from './finding.ts';

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
    const { exit, code, message, remedy } = failureOf(asCloudFailure(error));
    return {
      kind: 'unread',
      denied: exit === 'not-permitted',
      why: `${code}: ${message}`.slice(0, 300),
      remedy,
    };
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
