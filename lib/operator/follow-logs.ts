import { setTimeout as delay } from 'node:timers/promises';
import { launchPrefix } from '../../config/names.ts';
import { messageOf } from '../vocabulary/failure.ts';
import type { LaunchKey } from '../vocabulary/identifiers.ts';
import { type LogTail, openLogTail } from './log-tail.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { isPassing } from './unreachable.ts';

export type LogEvent =
  | {
      readonly kind: 'log';
      readonly at: number;
      readonly launchKey: string;
      readonly taskArn: string;
      readonly line: string;
    }
  /** Lines may be missing at the end of what was shown; the log itself keeps them. */
  | { readonly kind: 'log-incomplete'; readonly launchKey: string; readonly why: string };

/** Why a log is not at its end. */
const notAnswered = 'nothing answered in time';
const lineMissing = 'its last line has not arrived';

type Followed = { readonly launchKey: LaunchKey; readonly taskArn: string; readonly tail: LogTail };

/** The logs of all tasks of one execution. */
export class FollowedLogs {
  readonly #environment: OperatorEnvironment;
  readonly #task: string;
  readonly #followed = new Map<LaunchKey, Followed>();

  constructor(environment: OperatorEnvironment, task: string) {
    this.#environment = environment;
    this.#task = task;
  }

  add(launchKey: LaunchKey, taskArn: string): void {
    if (this.#followed.has(launchKey)) return;
    const tail = openLogTail(this.#environment, this.#task, taskArn);
    this.#followed.set(launchKey, { launchKey, taskArn, tail });
  }

  /**
   * The lines that arrived, as far as the log service has time for this follower: lines may come later, an
   * end of the execution may not. A log that cannot be read now is read later, and so are those after it: to
   * learn of one outage from each of them in turn would take longer than the outage.
   */
  async *readAhead(signal: AbortSignal): AsyncGenerator<LogEvent> {
    const { pace, logWaitMillis } = this.#environment.clients;
    for (const followed of this.#followed.values()) {
      if (followed.tail.hasMarker() || logWaitMillis() > pace.poll.shortest) continue;
      try {
        yield* linesOf(followed, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        // The next time it is the last, or one bad log would keep the others from being read.
        this.#followed.delete(followed.launchKey);
        this.#followed.set(followed.launchKey, followed);
        return;
      }
    }
  }

  /**
   * The rest of every log, after the last task has stopped. A log is at its end with the marker line; one
   * whose task left no result has none, and one whose task did gets time to show it. What is there is read to
   * its end, however much it is; when nothing new is learned of any log for `logSettle`, that was all.
   */
  async *drain(signal: AbortSignal): AsyncGenerator<LogEvent> {
    const { pace } = this.#environment.clients;
    using quiet = limitQuiet(pace.logSettle, signal);
    const open = new Map([...this.#followed.values()].map((followed) => [followed, notAnswered]));
    try {
      for (let pause = pace.poll.shortest; ; pause = Math.min(pause * 2, pace.poll.longest)) {
        yield* this.#drainOnce(open, quiet);
        if (open.size === 0) return;
        await delay(pause, undefined, { signal: quiet.signal });
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!quiet.signal.aborted) throw error;
    }
    for (const [{ launchKey }, why] of open) yield { kind: 'log-incomplete', launchKey, why };
  }

  /** Reads on in each open log, until one cannot be read; keeps of each why it is open. */
  async *#drainOnce(open: Map<Followed, string>, quiet: QuietLimit): AsyncGenerator<LogEvent> {
    for (const [followed, before] of open) {
      try {
        const mayHaveMarker = await this.#leftResult(followed.launchKey, quiet.signal);
        for await (const line of linesOf(followed, quiet.signal)) {
          yield line;
          quiet.renew();
        }
        // Only the first time does it tell something that there are no more lines.
        if (before === notAnswered) quiet.renew();
        open.set(followed, lineMissing);
        if (followed.tail.hasMarker() || !mayHaveMarker) open.delete(followed);
      } catch (error) {
        quiet.signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        // As in reading ahead: the others are not asked now, and before this one the next time.
        open.delete(followed);
        open.set(followed, messageOf(error));
        return;
      }
    }
  }

  /** The result is put before the marker is written, and the store has no old answers: none now is none for good. */
  async #leftResult(launchKey: LaunchKey, signal: AbortSignal): Promise<boolean> {
    const key = `${launchPrefix(this.#environment.name, launchKey)}result.json`;
    return (await this.#environment.evidence.get(key, signal)) !== undefined;
  }
}

async function* linesOf(
  { launchKey, taskArn, tail }: Followed,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  for await (const { text, at } of tail.read(signal)) {
    yield { kind: 'log', at, launchKey, taskArn, line: text };
  }
}

type QuietLimit = Disposable & {
  /** Aborts when nothing new was learned for so long, or with the caller's signal. */
  readonly signal: AbortSignal;
  readonly renew: () => void;
};

/** Of these parts of the time one at most passes while this process stands still: that is no silence of a cloud. */
const parts = 10;

function limitQuiet(millis: number, signal: AbortSignal): QuietLimit {
  const over = new AbortController();
  let passed = 0;
  const timer = setInterval(() => {
    passed += 1;
    if (passed >= parts) over.abort();
  }, millis / parts);
  return {
    signal: AbortSignal.any([signal, over.signal]),
    renew: () => {
      passed = 0;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
