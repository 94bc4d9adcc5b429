import { setTimeout as delay } from 'node:timers/promises';

/** How often a request is made, and how long it is waited between: at most `base · 2^n`, never above `cap`. */
export type Patience = {
  readonly attempts: number;
  readonly baseMillis: number;
  readonly capMillis: number;
};

export const ordinaryPatience: Patience = { attempts: 8, baseMillis: 100, capMillis: 5_000 };

/** Milliseconds to wait after attempt `attempt`, counted from 1, drawn with full jitter; `draw` is in [0, 1). Pure. */
export function pauseAfter(attempt: number, patience: Patience, draw: number): number {
  return draw * Math.min(patience.capMillis, patience.baseMillis * 2 ** (attempt - 1));
}

/**
 * Makes a request until it succeeds, `isWorthAnother` says no, or the attempts are used up; then the last
 * error is thrown. An aborted signal ends it at once, with the signal's reason.
 */
export async function withPatience<T>(
  patience: Patience,
  signal: AbortSignal | undefined,
  isWorthAnother: (error: unknown) => boolean,
  request: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= patience.attempts || !isWorthAnother(error)) throw error;
      // An abort ends the pause; the next turn throws its reason.
      await delay(pauseAfter(attempt, patience, Math.random()), undefined, {
        ...(signal === undefined ? {} : { signal }),
      }).catch(() => undefined);
    }
  }
}
