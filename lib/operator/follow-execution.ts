import { setTimeout as delay } from 'node:timers/promises';
import { GetExecutionHistoryCommand, type HistoryEvent } from '@aws-sdk/client-sfn';
import { errorCodeOf, fail, messageOf } from '../vocabulary/failure.ts';
import { type HistoryStep, stepsOf } from './execution-history.ts';
import { openLogTail } from './log-tail.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

export type FollowEvent =
  | HistoryStep
  | { readonly kind: 'log'; readonly at: number; readonly launchKey: string; readonly line: string }
  /** The cloud did not answer; the follower goes on asking until its budget is spent. */
  | { readonly kind: 'unreachable'; readonly since: number; readonly why: string };

export type FollowOptions = {
  /** Milliseconds between looks, at first and at most; doubles while nothing happens. */
  readonly pollMillis: { readonly shortest: number; readonly longest: number };
  /** Milliseconds without an answer after which the follower detaches (75). */
  readonly patienceMillis: number;
  readonly now: () => number;
};

const historyPage = 1_000;

/**
 * Follows an execution from its first event to its last, with the log lines of every task it
 * launched. It only looks: ending the iteration, or dying, changes nothing about the execution.
 *
 * Ends after the `execution-ended` step, when the logs of the last task have been read to their end.
 * Throws `CLOUD_UNREACHABLE` (75) when the patience is spent, with how to attach again.
 */
export async function* followExecution(
  environment: OperatorEnvironment,
  executionArn: string,
  task: string,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const tails = new Map<string, ReturnType<typeof openLogTail>>();
  let seen = 0;
  let pause = options.pollMillis.shortest;
  let unreachableSince: number | undefined;
  let ended = false;
  while (!ended) {
    let moved = false;
    try {
      const steps = (await historyAfter(environment, executionArn, seen, signal)).map((event) => {
        seen = event.id ?? seen;
        return stepsOf(event);
      });
      for (const step of steps.flat()) {
        if (step.kind === 'launched') tails.set(step.launchKey, openLogTail(environment, task, step.taskArn));
        if (step.kind === 'execution-ended') ended = true;
      }
      // Lines are read after the history, so when the history has its last event, they are all there.
      const lines: FollowEvent[] = [];
      for (const [launchKey, tail] of tails) {
        for await (const { text, at } of tail.read(signal))
          lines.push({ kind: 'log', at, launchKey, line: text });
      }
      const news = [...steps.flat(), ...lines].sort((one, other) => timeOf(one) - timeOf(other));
      moved = news.length > 0;
      yield* news;
      unreachableSince = undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      const now = options.now();
      if (unreachableSince === undefined) {
        unreachableSince = now;
        yield { kind: 'unreachable', since: now, why: messageOf(error) };
      }
      if (now - unreachableSince > options.patienceMillis) detach(executionArn, error);
    }
    if (ended) return;
    pause = moved ? options.pollMillis.shortest : Math.min(pause * 1.5, options.pollMillis.longest);
    await delay(pause, undefined, { signal });
  }
}

function timeOf(event: FollowEvent): number {
  return event.kind === 'unreachable' ? event.since : event.at;
}

/** Reads the events after one id, page by page. A page that fails leaves what was read before it unread: nothing is shown twice. */
async function historyAfter(
  environment: OperatorEnvironment,
  executionArn: string,
  seen: number,
  signal: AbortSignal,
): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await environment.clients.stepFunctions.send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: historyPage,
        includeExecutionData: true,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
      { abortSignal: signal },
    );
    events.push(...(page.events ?? []).filter(({ id }) => id !== undefined && id > seen));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

const passingCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const passingNames =
  /Throttl|TooManyRequests|RequestTimeout|TimeoutError|ServiceUnavailable|InternalServer|ServerException/;

/** Whether asking again later may help. */
export function isPassing(error: unknown): boolean {
  const code = errorCodeOf(error);
  if (code !== undefined && passingCodes.has(code)) return true;
  if (!(error instanceof Error)) return false;
  if (passingNames.test(error.name) || /Rate exceeded/i.test(error.message)) return true;
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  return '$fault' in error && error.$fault === 'server';
}

function detach(executionArn: string, error: unknown): never {
  const executionId = executionArn.split(':').at(-1) ?? executionArn;
  return fail(
    {
      exit: 'transient',
      code: 'CLOUD_UNREACHABLE',
      message: `the cloud does not answer (${messageOf(error)}); what became of the execution is unknown from here`,
      where: executionArn,
      remedy: `The execution goes on without this command. Continue with: fraudctl attach ${executionId}`,
    },
    error,
  );
}
