import { setTimeout as delay } from 'node:timers/promises';

/** Share of the full rate at which it goes on asking, however often it is turned away. */
const slowest = 1 / 16;
/** Share of the full rate that every answer gives back. */
const recovery = 1 / 50;

/**
 * Lets calls pass one after the other, at a rate that is never exceeded: also after a pause nothing is made up
 * for. A throttled call halves the rate; calls that are answered, whatever the answer, bring it back step by
 * step.
 */
export class LookPacer {
  readonly #fullRate: number;
  readonly #now: () => number;
  #rate: number;
  /** When the next call may pass. */
  #next = 0;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `perSecond`: the full rate. `now`: monotonic milliseconds. */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#fullRate = perSecond;
    this.#rate = perSecond;
    this.#now = now;
  }

  /** Milliseconds that a call which asks now has to wait. */
  get waitMillis(): number {
    return Math.max(0, this.#next - this.#now()) + this.#waiting * this.#spacing;
  }

  get #spacing(): number {
    return 1_000 / this.#rate;
  }

  /** Resolves when this call may pass; earlier callers pass earlier. Rejects when the signal aborts. */
  async admit(signal: AbortSignal | undefined): Promise<void> {
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#pass(signal));
    this.#last = turn.catch(() => undefined);
    await turn;
  }

  async #pass(signal: AbortSignal | undefined): Promise<void> {
    this.#waiting -= 1;
    signal?.throwIfAborted();
    // A timer may fire early. Who is called off gives its turn to the next.
    for (let wait = this.#next - this.#now(); wait > 0; wait = this.#next - this.#now()) {
      await delay(Math.ceil(wait), undefined, { ...(signal === undefined ? {} : { signal }) });
    }
    this.#next = this.#now() + this.#spacing;
  }

  throttled(): void {
    this.#rate = Math.max(this.#fullRate * slowest, this.#rate / 2);
  }

  answered(): void {
    this.#rate = Math.min(this.#fullRate, this.#rate + this.#fullRate * recovery);
  }
}
