import type { ECSClient } from '@aws-sdk/client-ecs';
import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { tasksOf } from '../ecs-tasks-handler.ts';

/** Executions of a machine that are looked at, by their start: one that ends after so many began later is told by its event. */
const newest = 200;

/** The tasks of a cluster that stopped since an instant, each as the event that ECS tells of it. */
export async function stoppedSince(
  ecs: ECSClient,
  cluster: string,
  since: number,
): Promise<readonly unknown[]> {
  const tasks = await tasksOf(ecs, cluster, 'STOPPED');
  // A task that is still stopping has no such time, and is told of when it has stopped.
  return tasks
    .filter(({ stoppedAt }) => stoppedAt !== undefined && stoppedAt.getTime() >= since)
    .map((task) => ({ source: 'aws.ecs', detail: JSON.parse(JSON.stringify(task)) }));
}

/** The executions of state machines that ended since an instant, each as the event that Step Functions tells of it. */
export async function endedSince(
  stepFunctions: SFNClient,
  stateMachineArns: readonly string[],
  since: number,
): Promise<readonly unknown[]> {
  const ended: ExecutionListItem[] = [];
  for (const stateMachineArn of stateMachineArns) {
    const { executions } = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: newest }),
    );
    ended.push(
      ...(executions ?? []).filter(({ stopDate }) => stopDate !== undefined && stopDate.getTime() >= since),
    );
  }
  return await Promise.all(
    ended.map(async ({ executionArn }) => {
      const { startDate, stopDate, ...described } = await stepFunctions.send(
        new DescribeExecutionCommand({ executionArn }),
      );
      return {
        source: 'aws.states',
        detail: { ...described, startDate: startDate?.getTime(), stopDate: stopDate?.getTime() ?? null },
      };
    }),
  );
}
