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
const notRecorded = 'that its task has stopped is not recorded';

/** What evidence says of a log's end: that it is the marker, that there is no marker, or nothing yet. */
type LogEnd = 'marker' | 'no marker' | 'unknown';

/** A log that is not at its end, as far as anybody knows: why not, and what evidence said last. */
type Open = { readonly why: string; readonly end: LogEnd | undefined };

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
   * The rest of every log, after the end of the execution. A log is at its end with the marker line; one whose
   * task stopped without a result has none, and one whose task left one gets time to show it. An execution that is
   * stopped or times out ends before its tasks do, and they write on. What is there is read to its end, however
   * much it is; when nothing new is learned of any log for `logSettle`, that was all.
   */
  async *drain(signal: AbortSignal): AsyncGenerator<LogEvent> {
    const { pace } = this.#environment.clients;
    using quiet = limitQuiet(pace.logSettle, signal);
    const open = new Map<Followed, Open>();
    for (const followed of this.#followed.values()) open.set(followed, { why: notAnswered, end: undefined });
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
    for (const [{ launchKey }, { why }] of open) yield { kind: 'log-incomplete', launchKey, why };
  }

  /** Reads on in each open log, until one cannot be read; keeps of each why it is open. */
  async *#drainOnce(open: Map<Followed, Open>, quiet: QuietLimit): AsyncGenerator<LogEvent> {
    for (const [followed, before] of open) {
      try {
        const end = await this.#endOf(followed.launchKey, quiet.signal);
        for await (const line of linesOf(followed, quiet.signal)) {
          yield line;
          quiet.renew();
        }
        // That there are no more lines tells something only where something else is new.
        if (end !== before.end) quiet.renew();
        open.set(followed, { why: end === 'unknown' ? notRecorded : lineMissing, end });
        if (followed.tail.hasMarker() || end === 'no marker') open.delete(followed);
      } catch (error) {
        quiet.signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        // As in reading ahead: the others are not asked now, and before this one the next time.
        open.delete(followed);
        open.set(followed, { why: messageOf(error), end: before.end });
        return;
      }
    }
  }

  /**
   * The task puts its result before it writes the marker, the recorder its record when the task has stopped, and the
   * store has no old answers. So with a record, no result is none for good; the record is asked for first.
   */
  async #endOf(launchKey: LaunchKey, signal: AbortSignal): Promise<LogEnd> {
    const { evidence, name } = this.#environment;
    const prefix = launchPrefix(name, launchKey);
    const record = await evidence.get(`${prefix}task-record.json`, signal);
    const result = await evidence.get(`${prefix}result.json`, signal);
    if (result !== undefined) return 'marker';
    return record === undefined ? 'unknown' : 'no marker';
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
