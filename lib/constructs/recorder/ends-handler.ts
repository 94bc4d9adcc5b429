import type { ECSClient } from '@aws-sdk/client-ecs';
import { DescribeExecutionCommand, ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { TellableEnd } from '../../recorder/record-missed.ts';
import { tasksOf } from '../ecs-tasks-handler.ts';

/** Executions of a machine that are looked at, by their start: one that ends after so many began later is told by its event. */
const newest = 200;

/** The tasks of a cluster that stopped since an instant, each to be told as ECS tells of it. */
export async function stoppedSince(
  ecs: ECSClient,
  cluster: string,
  since: number,
): Promise<readonly TellableEnd[]> {
  const tasks = await tasksOf(ecs, cluster, 'STOPPED');
  return tasks.flatMap((task) => {
    const { taskArn, stoppedAt } = task;
    // A task that is still stopping has no such time, and is told of when it has stopped.
    if (taskArn === undefined || stoppedAt === undefined || stoppedAt.getTime() < since) return [];
    const event = { source: 'aws.ecs', detail: JSON.parse(JSON.stringify(task)) };
    return [{ arn: taskArn, endedAt: stoppedAt.getTime(), tell: async () => event }];
  });
}

/** The executions of state machines that ended since an instant, each to be told as Step Functions tells of it. */
export async function endedSince(
  stepFunctions: SFNClient,
  stateMachineArns: readonly string[],
  since: number,
): Promise<readonly TellableEnd[]> {
  const ends: TellableEnd[] = [];
  for (const stateMachineArn of stateMachineArns) {
    const { executions } = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: newest }),
    );
    for (const { executionArn, stopDate } of executions ?? []) {
      if (executionArn === undefined || stopDate === undefined || stopDate.getTime() < since) continue;
      const tell = () => describeEnd(stepFunctions, executionArn);
      ends.push({ arn: executionArn, endedAt: stopDate.getTime(), tell });
    }
  }
  return ends;
}

async function describeEnd(stepFunctions: SFNClient, executionArn: string): Promise<unknown> {
  const { startDate, stopDate, ...described } = await stepFunctions.send(
    new DescribeExecutionCommand({ executionArn }),
  );
  return {
    source: 'aws.states',
    detail: { ...described, startDate: startDate?.getTime(), stopDate: stopDate?.getTime() ?? null },
  };
}
