/** A request may take this long in milliseconds, and longer by its size at the slowest pace worth waiting for. */
const baseMillis = 30_000;
const slowestBytesPerSecond = 256 * 1024;

export type TimeLimit = Disposable & {
  /** Aborts when the time is up, or with the caller's signal. */
  readonly signal: AbortSignal;
  /** Starts the time anew, for a body of so many bytes. */
  readonly renew: (bytes: number) => void;
};

/** Bounds one request: a body that drips is cut off, whatever its pieces are. */
export function limitTime(signal: AbortSignal | undefined, bytes: number): TimeLimit {
  const late = new AbortController();
  let timer: NodeJS.Timeout;
  const renew = (size: number) => {
    clearTimeout(timer);
    const millis = baseMillis + (size / slowestBytesPerSecond) * 1_000;
    timer = setTimeout(
      () => late.abort(new DOMException(`no whole answer in ${millis} ms`, 'TimeoutError')),
      millis,
    );
  };
  renew(bytes);
  return {
    signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    renew,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
