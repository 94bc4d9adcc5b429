import { fail, messageOf } from '../vocabulary/failure.ts';
import { type HistoryStep, stepsOf } from './execution-history.ts';
import { FollowedLogs, type LogEvent } from './follow-logs.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { readHistory } from './read-history.ts';
import { recordedEnd } from './recorded-end.ts';
import { detach, isPassing, Silence } from './unreachable.ts';

export type FollowEvent =
  | HistoryStep
  | LogEvent
  /** The cloud did not answer; the follower goes on asking until its patience is spent. */
  | { readonly kind: 'unreachable'; readonly since: number; readonly why: string }
  /** It answers again. Milliseconds. */
  | { readonly kind: 'reachable'; readonly at: number; readonly after: number }
  /** The state machine knows the execution no more and nobody recorded its end; its evidence is all there is. */
  | { readonly kind: 'forgotten'; readonly at: number };

/**
 * Follows an execution from its first event to its last, with the log lines of every task it launched. It
 * only looks: ending the iteration, or dying, changes nothing about the execution. While nothing answers it
 * says so and asks on; it never says what it does not know.
 *
 * Ends after the `execution-ended` step, when the logs have been read to their end; of an execution that the
 * state machine has forgotten, the recorder's word on it is that step. Throws `CLOUD_UNREACHABLE` (75) when
 * the patience is spent, with how to attach again, and `EXECUTION_NOT_STARTED` (75) when nobody knows of a start.
 *
 * `now` is for what is shown; durations are measured by the monotonic clock.
 */
export async function* followExecution(
  environment: OperatorEnvironment,
  executionArn: string,
  task: string,
  now: () => number,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const { pace, look } = environment.clients;
  const watch = look.watch(executionArn);
  const logs = new FollowedLogs(environment, task);
  const silence = new Silence(pace.patience);
  const began = performance.now();
  let seen = 0;
  let pause = pace.poll.shortest;
  let lookAt = 0;
  try {
    for (;;) {
      const news: FollowEvent[] = [];
      let ended = false;
      let error: unknown;
      try {
        if (performance.now() >= lookAt) {
          const events = await readHistory(environment, executionArn, seen, signal);
          if (events === undefined) {
            const isLate = performance.now() - began > pace.visibility;
            const end = await endWithoutHistory(environment, executionArn, isLate, now, signal);
            if (end !== undefined) news.push(end);
          }
          // Where the history says nothing, the store has to: silent, it is the cloud that is.
          const lasted = silence.ended();
          if (lasted !== undefined) yield { kind: 'reachable', at: now(), after: lasted };
          // Its own look comes rarely when there are many followers: the shared one comes always.
          lookAt = performance.now() + Math.max(pace.poll.longest, look.followers * pace.ownLook);
          for (const event of events ?? []) {
            seen = event.id ?? seen;
            news.push(...stepsOf(event));
          }
          if (events === undefined) lookAt = 0;
        }
      } catch (caught) {
        signal.throwIfAborted();
        if (!isPassing(caught)) throw caught;
        error = caught;
      }
      for (const step of news) {
        if (step.kind === 'launched') {
          watch.addTasks([step.taskArn]);
          logs.add(step.launchKey, step.taskArn);
        }
        if (step.kind === 'execution-ended' || step.kind === 'forgotten') ended = true;
      }
      // Who is not answered at all must not wait for every log in turn to learn it.
      if (error === undefined) for await (const line of logs.readAhead(signal)) news.push(line);
      yield* inOrder(news);
      if (ended) return yield* logs.drain(signal);
      if (error !== undefined) {
        yield* unanswered(error);
        lookAt = 0;
      }
      pause = news.length > 0 ? pace.poll.shortest : Math.min(pause * 1.5, pace.poll.longest);
      const told = await watch.news(pause * (0.5 + Math.random()), signal);
      if (told?.kind === 'changed') lookAt = 0;
      if (told?.kind === 'unanswered' && isPassing(told.error)) {
        yield* unanswered(told.error);
        // Others may be answered all the same; to be sure of that, and not all at once.
        lookAt = Math.min(lookAt, performance.now() + (Math.random() * pace.patience) / 4);
      }
    }
  } finally {
    watch.close();
  }

  function* unanswered(why: unknown): Generator<FollowEvent> {
    if (silence.began()) yield { kind: 'unreachable', since: now(), why: messageOf(why) };
    if (silence.isUnbearable) detach(executionArn, why);
  }
}

/** By time, and the end of the execution last: lines of a task may carry a later clock. */
function inOrder(news: readonly FollowEvent[]): readonly FollowEvent[] {
  return news.toSorted((one, other) => timeOf(one) - timeOf(other));
}

function timeOf(event: FollowEvent): number {
  switch (event.kind) {
    case 'execution-ended':
    case 'forgotten':
      return Number.POSITIVE_INFINITY;
    case 'unreachable':
      return event.since;
    case 'log-incomplete':
      return 0;
    default:
      return event.at;
  }
}

/**
 * What is to be said of an execution that the state machine does not know: how the recorder says that it
 * ended, or that it is forgotten; nothing while it may yet appear. Throws `EXECUTION_NOT_STARTED` (75).
 */
async function endWithoutHistory(
  environment: OperatorEnvironment,
  executionArn: string,
  isLate: boolean,
  now: () => number,
  signal: AbortSignal,
): Promise<FollowEvent | undefined> {
  const recorded = await recordedEnd(environment, executionArn, signal);
  switch (recorded.kind) {
    case 'ended':
      return { ...recorded, kind: 'execution-ended' };
    case 'launched':
      return isLate ? { kind: 'forgotten', at: now() } : undefined;
    case 'nothing':
      return isLate ? refuseNotStarted(executionArn) : undefined;
  }
}

function refuseNotStarted(executionArn: string): never {
  const executionId = executionArn.split(':').at(-1) ?? executionArn;
  return fail({
    exit: 'transient',
    code: 'EXECUTION_NOT_STARTED',
    message: 'an execution was meant to start under this name, and the cloud knows of none',
    where: executionArn,
    value: executionId,
    remedy: 'Nothing ran under this name. Launch again; a task can keep the name with --execution.',
  });
}
