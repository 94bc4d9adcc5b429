/** A rate limit: `perSecond` tokens flow in, at most `capacity` stay. Times are monotonic milliseconds. */
export class TokenBucket {
  readonly #perMilli: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, capacity: number, now: number) {
    this.#perMilli = perSecond / 1_000;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#at = now;
  }

  /** Takes `count` tokens and returns 0, or takes none and returns the milliseconds until there are enough. */
  take(count: number, now: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMilli);
    this.#at = now;
    if (this.#tokens >= count) {
      this.#tokens -= count;
      return 0;
    }
    return Math.ceil((count - this.#tokens) / this.#perMilli);
  }
}
