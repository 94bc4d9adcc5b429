import { DescribeServicesCommand, DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { ListExecutionsCommand, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import { clusterName, type EnvironmentName, serviceName, stateMachineName } from '../../config/names.ts';
import { serviceContracts } from '../task-contracts/catalogue.ts';
import { workflows } from '../workflows/catalogue.ts';
import type { CloudClients } from './cloud-clients.ts';
import type { LiveWork } from './doctor/facts.ts';

/** Where to look; account and region as they stand in ARNs. */
export type LivePlace = {
  readonly environment: EnvironmentName;
  readonly account: string;
  readonly region: string;
};

type Clients = Pick<CloudClients, 'ecs' | 'stepFunctions'>;

/**
 * Everything that runs in an environment: executions of every state machine, one-shot tasks, and services that
 * somebody wants. A running execution is also the lease on the gate. What is not deployed runs nothing; what
 * cannot be asked throws, because unknown is not idle.
 */
export async function readLiveWork(
  clients: Clients,
  place: LivePlace,
  signal: AbortSignal,
): Promise<LiveWork> {
  const [executions, tasks, services] = await Promise.all([
    runningExecutions(clients, place, signal),
    oneShotTasks(clients, place, signal),
    wantedServices(clients, place, signal),
  ]);
  return { executions, tasks, services };
}

async function runningExecutions(
  { stepFunctions }: Clients,
  { environment, account, region }: LivePlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lists = await Promise.all(
    Object.keys(workflows).map(async (workflow) => {
      const stateMachineArn = `arn:aws:states:${region}:${account}:stateMachine:${stateMachineName(environment, workflow)}`;
      const page = await stepFunctions
        .send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 }), {
          abortSignal: signal,
        })
        .catch((error: unknown) => {
          if (error instanceof StateMachineDoesNotExist) return undefined;
          throw error;
        });
      return (page?.executions ?? []).flatMap(({ name }) => name ?? []);
    }),
  );
  return lists.flat().sort();
}

async function oneShotTasks(
  { ecs }: Clients,
  { environment }: LivePlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const cluster = clusterName(environment);
  const page = await ecs
    .send(new ListTasksCommand({ cluster, desiredStatus: 'RUNNING', maxResults: 100 }), {
      abortSignal: signal,
    })
    .catch(absentCluster);
  const arns = page?.taskArns ?? [];
  if (arns.length === 0) return [];
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns }), {
    abortSignal: signal,
  });
  return (tasks ?? [])
    .filter(({ group, lastStatus }) => group?.startsWith('service:') !== true && lastStatus !== 'STOPPED')
    .flatMap(({ taskArn }) => taskArn ?? [])
    .sort();
}

async function wantedServices(
  { ecs }: Clients,
  { environment }: LivePlace,
  signal: AbortSignal,
): Promise<LiveWork['services']> {
  const described = await ecs
    .send(
      new DescribeServicesCommand({
        cluster: clusterName(environment),
        services: serviceContracts.map(({ name }) => serviceName(environment, name)),
      }),
      { abortSignal: signal },
    )
    .catch(absentCluster);
  return (described?.services ?? []).flatMap(({ serviceName: name, desiredCount }) =>
    name === undefined ? [] : [{ name, desiredCount: desiredCount ?? 0 }],
  );
}

/** Takes an error for the answer that there is no such cluster, and throws any other. */
function absentCluster(error: unknown): undefined {
  if (error instanceof Error && error.name === 'ClusterNotFoundException') return undefined;
  throw error;
}
