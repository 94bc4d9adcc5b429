import { setTimeout as delay } from 'node:timers/promises';
import { launchPrefix } from '../../config/names.ts';
import { messageOf } from '../vocabulary/failure.ts';
import type { LaunchKey } from '../vocabulary/identifiers.ts';
import { type LogTail, openLogTail } from './log-tail.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { isPassing } from './unreachable.ts';

export type LogEvent =
  | { readonly kind: 'log'; readonly at: number; readonly launchKey: string; readonly line: string }
  /** Lines may be missing at the end of what was shown; the log itself keeps them. */
  | { readonly kind: 'log-incomplete'; readonly launchKey: string; readonly why: string };

type Followed = { readonly launchKey: LaunchKey; readonly tail: LogTail };

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
    this.#followed.set(launchKey, { launchKey, tail: openLogTail(this.#environment, this.#task, taskArn) });
  }

  /**
   * The lines that arrived, as far as the log service has time for this follower: lines may come later, an
   * end of the execution may not. A log that cannot be read now is read later.
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
      }
    }
  }

  /**
   * The rest of every log, after the last task has stopped. A log is at its end with the marker line; one
   * whose task left no result has none, and one whose task did gets time to show it.
   */
  async *drain(signal: AbortSignal): AsyncGenerator<LogEvent> {
    const { pace } = this.#environment.clients;
    const until = performance.now() + pace.logSettle;
    const open = new Set(this.#followed.values());
    const why = new Map<Followed, string>();
    for (let pause = pace.poll.shortest; open.size > 0; pause = Math.min(pause * 2, pace.poll.longest)) {
      for (const followed of open) {
        try {
          const mayHaveMarker = await this.#leftResult(followed.launchKey, signal);
          yield* linesOf(followed, signal);
          why.set(followed, 'its last line has not arrived');
          if (followed.tail.hasMarker() || !mayHaveMarker) open.delete(followed);
        } catch (error) {
          signal.throwIfAborted();
          if (!isPassing(error)) throw error;
          why.set(followed, messageOf(error));
        }
      }
      if (performance.now() + pause > until) break;
      if (open.size > 0) await delay(pause, undefined, { signal });
    }
    for (const followed of open) {
      yield { kind: 'log-incomplete', launchKey: followed.launchKey, why: why.get(followed) ?? '' };
    }
  }

  /** The result is put before the marker is written, and the store has no old answers: none now is none for good. */
  async #leftResult(launchKey: LaunchKey, signal: AbortSignal): Promise<boolean> {
    const key = `${launchPrefix(this.#environment.name, launchKey)}result.json`;
    return (await this.#environment.evidence.get(key, signal)) !== undefined;
  }
}

async function* linesOf({ launchKey, tail }: Followed, signal: AbortSignal): AsyncGenerator<LogEvent> {
  for await (const { text, at } of tail.read(signal)) yield { kind: 'log', at, launchKey, line: text };
}
