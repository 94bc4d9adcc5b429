import type { Writable } from 'node:stream';
import { errorCodeOf } from '../../lib/vocabulary/failure.ts';

/** Whom to tell when the reader of a stream leaves. */
const listeners = new WeakMap<Writable, Set<() => void>>();

/**
 * Lets the reader of a stream go away, as `head` does when it has enough: what is written after that is
 * lost, and `left` is told. Any other error of the stream is thrown. Returns how to be told no more; the
 * stream itself is listened to for good, since the last write may fail after everything else has ended.
 */
export function onBrokenPipe(stream: Writable, left: () => void): () => void {
  const told = listeners.get(stream) ?? listen(stream);
  told.add(left);
  return () => void told.delete(left);
}

function listen(stream: Writable): Set<() => void> {
  const told = new Set<() => void>();
  listeners.set(stream, told);
  stream.on('error', (error: Error) => {
    if (errorCodeOf(error) !== 'EPIPE') throw error;
    for (const tell of told) tell();
  });
  return told;
}
