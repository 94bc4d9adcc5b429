import { ExecutionDoesNotExist, GetExecutionHistoryCommand, type HistoryEvent } from '@aws-sdk/client-sfn';
import type { OperatorEnvironment } from './operator-environment.ts';

/** Few events happen between two looks. */
const newestPage = 100;

/**
 * The events of an execution after one id, oldest first; read from the newest backwards, so that a long
 * history costs no more than what is new. A history that is older than what was seen adds nothing.
 * `undefined` when the state machine knows no such execution: not yet, or no more. A page that fails fails
 * the whole: nothing is handed out twice.
 */
export async function readHistory(
  environment: OperatorEnvironment,
  executionArn: string,
  seen: number,
  signal: AbortSignal,
): Promise<readonly HistoryEvent[] | undefined> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  let reached = false;
  do {
    const page = await environment.clients.stepFunctions
      .send(
        new GetExecutionHistoryCommand({
          executionArn,
          maxResults: newestPage,
          reverseOrder: true,
          includeExecutionData: true,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        { abortSignal: signal },
      )
      .catch((error: unknown) => {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      });
    if (page === undefined) return undefined;
    for (const event of page.events ?? []) {
      if (event.id === undefined || event.id <= seen) reached = true;
      else events.push(event);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined && !reached);
  return events.reverse();
}
