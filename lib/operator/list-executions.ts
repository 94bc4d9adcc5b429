import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { workflows } from '../workflows/catalogue.ts';
import { type OperatorEnvironment, stateMachineArn } from './operator-environment.ts';

export type ListedExecution = {
  readonly name: string;
  readonly workflow: string;
  readonly status: string;
  readonly startedAt: string;
  readonly stoppedAt: string | null;
};

/** The newest executions of every workflow, newest first, at most `limit`. */
export async function listExecutions(
  environment: OperatorEnvironment,
  limit: number,
  signal: AbortSignal,
): Promise<readonly ListedExecution[]> {
  const lists = await Promise.all(
    Object.keys(workflows).map(async (workflow) => {
      const listed: ListedExecution[] = [];
      let nextToken: string | undefined;
      do {
        const page = await environment.clients.stepFunctions.send(
          new ListExecutionsCommand({
            stateMachineArn: stateMachineArn(environment, workflow),
            maxResults: Math.min(limit, 1_000),
            ...(nextToken === undefined ? {} : { nextToken }),
          }),
          { abortSignal: signal },
        );
        for (const execution of page.executions ?? []) {
          listed.push({
            name: execution.name ?? '',
            workflow,
            status: execution.status ?? 'UNKNOWN',
            startedAt: execution.startDate?.toISOString() ?? '',
            stoppedAt: execution.stopDate?.toISOString() ?? null,
          });
        }
        nextToken = page.nextToken;
      } while (nextToken !== undefined && listed.length < limit);
      return listed;
    }),
  );
  return lists
    .flat()
    .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1))
    .slice(0, limit);
}
