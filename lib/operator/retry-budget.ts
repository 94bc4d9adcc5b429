/** What a retry costs, in tokens: one that waited for nothing costs more than one that was turned away. */
const costs = { answered: 5, unanswered: 10 } as const;

/**
 * What retries may be had for, shared by every call of a process: full, it allows a burst of them; while
 * nothing succeeds it runs dry, and calls then fail at once instead of adding to what overwhelms the cloud.
 * A call that succeeds pays a token back.
 */
export class RetryBudget {
  readonly #capacity: number;
  #tokens: number;

  constructor(capacity = 200) {
    this.#capacity = capacity;
    this.#tokens = capacity;
  }

  /** Takes the price of one retry; `false` when it cannot be paid. */
  take(price: keyof typeof costs): boolean {
    const cost = costs[price];
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1);
  }
}
