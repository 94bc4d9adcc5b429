/**
 * How far a lane has come without a gap. Batches are numbered ranges of the lane's stream, sent in order
 * and answered in any; the frontier is the end of the answered beginning. What is ahead of it would be
 * sent again after a crash, and is known to the gate as a duplicate.
 */
export class Frontier {
  #at: number;
  /** Ends of answered ranges beyond a gap, by their beginning: no more than are in flight. */
  readonly #ahead = new Map<number, number>();

  /** `at`: events that an earlier producer of the lane has acknowledged. */
  constructor(at = 0) {
    this.#at = at;
  }

  /** The first `at` events of the lane are acknowledged, every one. */
  get at(): number {
    return this.#at;
  }

  /** Answered ranges that wait for an earlier one. */
  get waiting(): number {
    return this.#ahead.size;
  }

  /** The events [from, to) are answered. */
  acknowledge(from: number, to: number): void {
    this.#ahead.set(from, to);
    for (;;) {
      const end = this.#ahead.get(this.#at);
      if (end === undefined) return;
      this.#ahead.delete(this.#at);
      this.#at = end;
    }
  }
}
