import { setTimeout as delay } from 'node:timers/promises';
import { DescribeTasksCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Pace } from './pace.ts';

/** What a look told a follower: something about its execution changed, or the cloud did not answer. */
export type News = { readonly kind: 'changed' } | { readonly kind: 'unanswered'; readonly error: unknown };

/** One follower's part in the look. */
export type Watch = {
  /** These tasks belong to the execution. */
  readonly addTasks: (taskArns: readonly string[]) => void;
  /** Resolves with the next news, or with `undefined` after so many milliseconds. Rejects when the signal aborts. */
  readonly news: (atMostMillis: number, signal: AbortSignal) => Promise<News | undefined>;
  readonly close: () => void;
};

type Watched = {
  readonly stateMachineArn: string;
  readonly executionArn: string;
  /** Status of each task when it was last seen. */
  readonly tasks: Map<string, string>;
  pending: News | undefined;
  wake: (() => void) | undefined;
};

const executionsPage = 1_000;
/** DescribeTasks takes this many. */
const tasksBatch = 100;
/** The look leaves half of what may be asked to those who read what changed. */
const shareOfLooks = 0.5;

/**
 * Looks at everything that is followed in this process, all at once: one list of the running executions of
 * each state machine, and the followed tasks a hundred at a time. Who follows is told that something changed,
 * and only then reads the history of its own execution. What the look does not see (a list or a description
 * that is older than the truth, a task that is MISSING) it says nothing about: followers read by themselves
 * now and then, too.
 */
export class SharedLook {
  readonly #clients: { readonly stepFunctions: SFNClient; readonly ecs: ECSClient };
  readonly #pace: Pace;
  readonly #random: () => number;
  readonly #watched = new Set<Watched>();
  #looking = false;

  constructor(
    clients: { readonly stepFunctions: SFNClient; readonly ecs: ECSClient },
    pace: Pace,
    random: () => number = Math.random,
  ) {
    this.#clients = clients;
    this.#pace = pace;
    this.#random = random;
  }

  /** Followers of this process. */
  get followers(): number {
    return this.#watched.size;
  }

  watch(executionArn: string): Watch {
    const watched: Watched = {
      stateMachineArn: executionArn.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, ''),
      executionArn,
      tasks: new Map(),
      pending: undefined,
      wake: undefined,
    };
    this.#watched.add(watched);
    if (!this.#looking) void this.#lookOn();
    return {
      addTasks: (taskArns) => {
        for (const arn of taskArns) if (!watched.tasks.has(arn)) watched.tasks.set(arn, '');
      },
      news: (atMostMillis, signal) => nextNews(watched, atMostMillis, signal),
      close: () => {
        this.#watched.delete(watched);
      },
    };
  }

  async #lookOn(): Promise<void> {
    this.#looking = true;
    let pause = this.#pace.poll.shortest;
    while (this.#watched.size > 0) {
      // Full jitter around the pause, so that processes that started together do not stay together.
      await delay(pause * (0.5 + this.#random()), undefined, { ref: false });
      const { calls, changes } = await this.#look();
      const { shortest, longest } = this.#pace.poll;
      const asked = changes > 0 ? shortest : Math.min(longest, pause * 1.5);
      pause = Math.max(asked, (calls * 1_000) / (this.#pace.looksPerSecond * shareOfLooks));
    }
    this.#looking = false;
  }

  async #look(): Promise<{ readonly calls: number; readonly changes: number }> {
    let calls = 0;
    let changes = 0;
    const tell = (watched: Watched, news: News) => {
      changes += 1;
      watched.pending = news;
      watched.wake?.();
    };
    for (const [stateMachineArn, followed] of Map.groupBy(this.#watched, (one) => one.stateMachineArn)) {
      try {
        const { running, pages } = await this.#running(stateMachineArn, followed);
        calls += pages;
        for (const watched of followed) {
          if (!running.has(watched.executionArn)) tell(watched, { kind: 'changed' });
        }
      } catch (error) {
        calls += 1;
        for (const watched of followed) tell(watched, { kind: 'unanswered', error });
      }
    }
    const live = [...this.#watched].flatMap((watched) =>
      [...watched.tasks].flatMap(([arn, status]) => (status === 'STOPPED' ? [] : [{ watched, arn }])),
    );
    for (const [cluster, tasks] of Map.groupBy(live, ({ arn }) => clusterOf(arn))) {
      for (let first = 0; first < tasks.length; first += tasksBatch) {
        const batch = tasks.slice(first, first + tasksBatch);
        calls += 1;
        const statuses = await this.#statuses(cluster, batch);
        for (const { watched, arn } of batch) {
          const status = statuses.get(arn);
          if (status === undefined || status === watched.tasks.get(arn)) continue;
          watched.tasks.set(arn, status);
          tell(watched, { kind: 'changed' });
        }
      }
    }
    return { calls, changes };
  }

  /** Which of the followed executions of a machine run; pages are read until all of them are found. */
  async #running(
    stateMachineArn: string,
    followed: readonly Watched[],
  ): Promise<{ readonly running: ReadonlySet<string>; readonly pages: number }> {
    const wanted = new Set(followed.map(({ executionArn }) => executionArn));
    const running = new Set<string>();
    let pages = 0;
    let nextToken: string | undefined;
    do {
      const page = await this.#clients.stepFunctions.send(
        new ListExecutionsCommand({
          stateMachineArn,
          statusFilter: 'RUNNING',
          maxResults: executionsPage,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      pages += 1;
      for (const { executionArn } of page.executions ?? []) {
        if (executionArn !== undefined && wanted.has(executionArn)) running.add(executionArn);
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined && running.size < wanted.size);
    return { running, pages };
  }

  /** Status of each task that ECS describes. What it does not, or not now, stays as it was. */
  async #statuses(
    cluster: string,
    batch: readonly { readonly arn: string }[],
  ): Promise<ReadonlyMap<string, string>> {
    try {
      const { tasks } = await this.#clients.ecs.send(
        new DescribeTasksCommand({ cluster, tasks: batch.map(({ arn }) => arn) }),
      );
      return new Map(
        (tasks ?? []).flatMap(({ taskArn, lastStatus }) =>
          taskArn === undefined || lastStatus === undefined ? [] : [[taskArn, lastStatus] as const],
        ),
      );
    } catch {
      return new Map();
    }
  }
}

async function nextNews(
  watched: Watched,
  atMostMillis: number,
  signal: AbortSignal,
): Promise<News | undefined> {
  signal.throwIfAborted();
  if (watched.pending === undefined) {
    const woken = Promise.withResolvers<void>();
    const timer = setTimeout(woken.resolve, atMostMillis);
    const abort = () => woken.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    watched.wake = woken.resolve;
    try {
      await woken.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      watched.wake = undefined;
    }
  }
  const news = watched.pending;
  watched.pending = undefined;
  return news;
}

function clusterOf(taskArn: string): string {
  return taskArn.split('/').at(-2) ?? '';
}
