import {
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { taskLogGroup, taskLogStream } from '../../config/names.ts';
import { parseMarkerLine, type ResultMarker } from '../runtime/result.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/** A line and when it was written, epoch milliseconds. */
export type LogLine = { readonly text: string; readonly at: number };

export type LogTail = {
  /** Yields the lines that arrived since the last call; ends when there are no more for now. */
  readonly read: (signal: AbortSignal) => AsyncGenerator<LogLine>;
  /** Whether the line has been read after which a task writes nothing. */
  readonly hasMarker: () => boolean;
};

/** Pages without a line that are read on from, before the stream is taken to be at its end for now. */
const emptyPages = 3;

/**
 * Reads one task's log from its beginning. The stream's name is derived from the task, never searched
 * for: before the task has written anything the stream does not exist, and that is no error.
 */
export function openLogTail(environment: OperatorEnvironment, task: string, taskArn: string): LogTail {
  let token: string | undefined;
  let marker = false;
  return {
    hasMarker: () => marker,
    read: async function* (signal) {
      for await (const { lines, next } of pages(environment, task, taskArn, token, {}, signal)) {
        for (const line of lines) {
          if (parseMarkerLine(line.text) !== undefined) marker = true;
          yield line;
        }
        // Only when all of the page is handed out: who stops in between gets it again.
        token = next;
      }
    },
  };
}

/** More than the lines that a runtime writes after its program has ended. */
const lastLines = 100;

/**
 * The marker, if it is the last line of a task's log that says anything. Reads from the end, however long
 * the log is.
 */
export async function readMarkerLine(
  environment: OperatorEnvironment,
  task: string,
  taskArn: string,
  signal: AbortSignal,
): Promise<ResultMarker | undefined> {
  const fromEnd = { startFromHead: false, limit: lastLines };
  let last: string | undefined;
  for await (const { lines } of pages(environment, task, taskArn, undefined, fromEnd, signal)) {
    last = lines.findLast(({ text }) => text.trim() !== '')?.text ?? last;
  }
  return last === undefined ? undefined : parseMarkerLine(last);
}

type Page = { readonly lines: readonly LogLine[]; readonly next: string | undefined };

/** Pages from a token on, until the service says with the same token that there are no more, or gives only empty ones. */
async function* pages(
  environment: OperatorEnvironment,
  task: string,
  taskArn: string,
  start: string | undefined,
  first: Pick<GetLogEventsCommandInput, 'startFromHead' | 'limit'>,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  let token = start;
  for (let empty = 0; empty < emptyPages; ) {
    const page = await environment.clients.logs
      .send(
        new GetLogEventsCommand({
          logGroupName: taskLogGroup(environment.name),
          logStreamName: taskLogStream(task, taskIdOf(taskArn)),
          startFromHead: true,
          ...(token === undefined ? first : { nextToken: token }),
        }),
        { abortSignal: signal },
      )
      .catch((error: unknown) => {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      });
    if (page === undefined) return;
    const lines = (page.events ?? []).map(({ message, timestamp }) => ({
      text: message ?? '',
      at: timestamp ?? 0,
    }));
    const next = page.nextForwardToken ?? token;
    yield { lines, next };
    if (next === token) return;
    token = next;
    empty = lines.length === 0 ? empty + 1 : 0;
  }
}

/** The last part of a task's ARN, 32 hex characters. */
export function taskIdOf(taskArn: string): string {
  return taskArn.split('/').at(-1) ?? taskArn;
}
