import {
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';

/** DescribeTasks takes this many. */
const batch = 100;

/** Every task of a cluster that ECS still knows by a desired status, with its tags; a stopped one for about an hour. */
export async function tasksOf(
  ecs: ECSClient,
  cluster: string,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<readonly Task[]> {
  const arns: string[] = [];
  let token: string | undefined;
  do {
    const page = await ecs.send(
      new ListTasksCommand({ cluster, desiredStatus, ...(token === undefined ? {} : { nextToken: token }) }),
    );
    arns.push(...(page.taskArns ?? []));
    token = page.nextToken;
  } while (token !== undefined);
  const tasks: Task[] = [];
  for (let first = 0; first < arns.length; first += batch) {
    const described = await ecs.send(
      new DescribeTasksCommand({ cluster, tasks: arns.slice(first, first + batch), include: ['TAGS'] }),
    );
    tasks.push(...(described.tasks ?? []));
  }
  return tasks;
}

/** Tasks of a cluster that nobody has asked to stop yet, with their tags. */
export async function liveTasks(ecs: ECSClient, cluster: string): Promise<readonly Task[]> {
  const tasks = await tasksOf(ecs, cluster, 'RUNNING');
  // One that is asked to stop between the two calls is described as such.
  return tasks.filter(({ desiredStatus }) => desiredStatus !== 'STOPPED');
}

/** Asks a task to stop. `reason` is shown in its record; ECS takes 255 characters. */
export async function stopTask(
  ecs: ECSClient,
  cluster: string,
  taskArn: string,
  reason: string,
): Promise<void> {
  await ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason: reason.slice(0, 255) }));
}

export async function scaleServiceToZero(ecs: ECSClient, cluster: string, service: string): Promise<void> {
  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
}

/** Whether an execution of the state machine runs; without a state machine, none does. */
export async function anyExecutionRuns(
  stepFunctions: SFNClient,
  stateMachineArn: string | undefined,
): Promise<boolean> {
  if (stateMachineArn === undefined || stateMachineArn === '') return false;
  const { executions } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1 }),
  );
  return (executions ?? []).length > 0;
}
