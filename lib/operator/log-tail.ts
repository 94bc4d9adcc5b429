import { GetLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import { taskLogGroup, taskLogStream } from '../../config/names.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/** A line and when it was written, epoch milliseconds. */
export type LogLine = { readonly text: string; readonly at: number };

export type LogTail = {
  /** Yields the lines that arrived since the last call; ends when there are no more for now. */
  readonly read: (signal: AbortSignal) => AsyncGenerator<LogLine>;
};

/**
 * Reads one task's log from its beginning. The stream's name is derived from the task, never searched
 * for: before the task has written anything the stream does not exist, and that is no error.
 */
export function openLogTail(environment: OperatorEnvironment, task: string, taskArn: string): LogTail {
  const logGroupName = taskLogGroup(environment.name);
  const logStreamName = taskLogStream(task, taskIdOf(taskArn));
  let token: string | undefined;
  return {
    read: async function* (signal) {
      for (;;) {
        const page = await environment.clients.logs
          .send(
            new GetLogEventsCommand({
              logGroupName,
              logStreamName,
              startFromHead: true,
              ...(token === undefined ? {} : { nextToken: token }),
            }),
            { abortSignal: signal },
          )
          .catch((error: unknown) => {
            if (error instanceof ResourceNotFoundException) return undefined;
            throw error;
          });
        if (page === undefined) return;
        for (const event of page.events ?? []) yield { text: event.message ?? '', at: event.timestamp ?? 0 };
        const atEnd = page.nextForwardToken === undefined || page.nextForwardToken === token;
        token = page.nextForwardToken ?? token;
        if (atEnd) return;
      }
    },
  };
}

/** The last part of a task's ARN, 32 hex characters. */
export function taskIdOf(taskArn: string): string {
  return taskArn.split('/').at(-1) ?? taskArn;
}
