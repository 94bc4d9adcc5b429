import type { Decision, JudgedEvent } from './decision.ts';

/** Decides about a group of events durably, in order. */
export type Decide = (events: readonly JudgedEvent[]) => Promise<readonly Decision[]>;

export type Submission =
  | { readonly kind: 'decided'; readonly decisions: readonly Decision[] }
  /** Too many events wait already; none of these was taken. */
  | { readonly kind: 'busy' }
  /** Whether the events were decided is unknown: the store did not answer. */
  | { readonly kind: 'unknown'; readonly error: unknown };

type Waiting = {
  readonly events: readonly JudgedEvent[];
  readonly settle: (submission: Submission) => void;
};

/**
 * Commits the events of several requests in one transaction: while one group is on its way, the
 * requests that arrive gather for the next. Under light load a group is one request and waits for
 * nothing; under heavy load groups grow until the store is busy with rows, not with commits.
 */
export class GroupCommit {
  readonly #decide: Decide;
  readonly #writers: number;
  readonly #groupEvents: number;
  readonly #waitingEvents: number;
  readonly #queue: Waiting[] = [];
  #queued = 0;
  #busy = 0;

  /** At most `writers` groups at a time, of about `groupEvents` each, and `waitingEvents` behind them. */
  constructor(
    decide: Decide,
    limits: { readonly writers: number; readonly groupEvents: number; readonly waitingEvents: number },
  ) {
    this.#decide = decide;
    this.#writers = limits.writers;
    this.#groupEvents = limits.groupEvents;
    this.#waitingEvents = limits.waitingEvents;
  }

  /** Events that wait for a group, without those in one. */
  get waiting(): number {
    return this.#queued;
  }

  submit(events: readonly JudgedEvent[]): Promise<Submission> {
    if (this.#queued + events.length > this.#waitingEvents) return Promise.resolve({ kind: 'busy' });
    return new Promise((settle) => {
      this.#queue.push({ events, settle });
      this.#queued += events.length;
      this.#next();
    });
  }

  #next(): void {
    if (this.#busy >= this.#writers || this.#queue.length === 0) return;
    const group: Waiting[] = [];
    let size = 0;
    for (;;) {
      const [first] = this.#queue;
      if (first === undefined || (size > 0 && size + first.events.length > this.#groupEvents)) break;
      this.#queue.shift();
      group.push(first);
      size += first.events.length;
    }
    this.#queued -= size;
    this.#busy += 1;
    void this.#commit(group).finally(() => {
      this.#busy -= 1;
      this.#next();
    });
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const decisions = await this.#decide(group.flatMap(({ events }) => events));
      let from = 0;
      for (const { events, settle } of group) {
        settle({ kind: 'decided', decisions: decisions.slice(from, from + events.length) });
        from += events.length;
      }
    } catch (error) {
      for (const { settle } of group) settle({ kind: 'unknown', error });
    }
  }
}
