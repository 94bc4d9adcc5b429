import { z } from 'zod';
import { CloudError } from '../cloud-error.ts';
import { overridesLimit } from '../executions/run-task-handler.ts';
import type { Interference } from '../interference.ts';
import {
  describeTask,
  forgetStoppedAfterMillis,
  overridesSchema,
  type StoredTask,
  tagSchema,
} from '../task-runner/ecs-task.ts';
import type { RegisteredDefinitions } from '../task-runner/registered-definitions.ts';
import { highestDesiredCount, type ServiceRegistry } from '../task-runner/service-registry.ts';
import type { TaskRegistry } from '../task-runner/task-registry.ts';
import { type Operations, operation, pageOf } from './operation.ts';

const target = (name: string) => `AmazonEC2ContainerServiceV20141113.${name}`;
/** ECS, as far as operator, state machines and reaper speak it. */
export function ecsOperations(
  registry: TaskRegistry,
  definitions: RegisteredDefinitions,
  services: ServiceRegistry,
  clusterArn: string,
  interference: Interference,
): Operations {
  const visible = (): readonly StoredTask[] =>
    registry
      .list()
      .filter(
        (task) =>
          task.end === null ||
          (Date.now() - task.end.stoppedAt < forgetStoppedAfterMillis &&
            interference.remembers(describeTask(task))),
      );
  const checkCluster = (cluster: string | undefined) => {
    if (cluster !== undefined && cluster !== clusterArn && cluster !== clusterArn.split('/').at(-1)) {
      throw new CloudError('ClusterNotFoundException', 'Cluster not found.');
    }
  };
  return {
    [target('RunTask')]: operation(
      z.object({
        cluster: z.string().optional(),
        taskDefinition: z.string(),
        overrides: overridesSchema.default({ containerOverrides: [] }),
        tags: z.array(tagSchema).default([]),
        clientToken: z.string().max(64).optional(),
        startedBy: z.string().optional(),
        group: z.string().optional(),
      }),
      async (request) => {
        checkCluster(request.cluster);
        const token = request.clientToken ?? null;
        const known = token === null ? undefined : registry.findByClientToken(token);
        if (known !== undefined) return { tasks: [describeTask(known)], failures: [] };
        const definition = definitions.find(request.taskDefinition);
        if (definition === undefined) throw new CloudError('ClientException', 'TaskDefinition not found.');
        if (JSON.stringify(request.overrides).length > overridesLimit) {
          throw new CloudError(
            'InvalidParameterException',
            'Container Overrides length must be at most 8192',
          );
        }
        const task = await registry.run({
          definition: definition.definition,
          definitionArn: definition.arn,
          clusterArn,
          overrides: request.overrides,
          tags: request.tags,
          clientToken: token,
          startedBy: request.startedBy ?? null,
          group: request.group ?? null,
        });
        return { tasks: [describeTask(task)], failures: [] };
      },
    ),
    [target('DescribeTasks')]: operation(
      z.object({ cluster: z.string().optional(), tasks: z.array(z.string()).max(100) }),
      async ({ cluster, tasks }) => {
        checkCluster(cluster);
        const found: Record<string, unknown>[] = [];
        const failures: Record<string, unknown>[] = [];
        for (const name of tasks) {
          const known = visible().find(({ taskArn }) => taskArn === name || taskArn.endsWith(`/${name}`));
          const task = known === undefined ? undefined : await registry.refresh(known.taskArn);
          if (task === undefined) failures.push({ arn: name, reason: 'MISSING' });
          else found.push(describeTask(task));
        }
        return { tasks: found, failures };
      },
    ),
    [target('ListTasks')]: operation(
      z.object({
        cluster: z.string().optional(),
        family: z.string().optional(),
        startedBy: z.string().optional(),
        desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
        maxResults: z.int().min(1).max(100).default(100),
        nextToken: z.string().optional(),
      }),
      (request) => {
        checkCluster(request.cluster);
        const wantsStopped = request.desiredStatus === 'STOPPED';
        const listed = visible().filter(
          (task) =>
            (task.end !== null || task.stopRequested !== null) === wantsStopped &&
            (request.family === undefined ||
              task.taskDefinitionArn.includes(`task-definition/${request.family}:`)) &&
            (request.startedBy === undefined || task.startedBy === request.startedBy),
        );
        const page = pageOf(listed, request.nextToken, request.maxResults);
        return { taskArns: page.items.map(({ taskArn }) => taskArn), nextToken: page.nextToken };
      },
    ),
    [target('StopTask')]: operation(
      z.object({
        cluster: z.string().optional(),
        task: z.string(),
        reason: z.string().max(1_024).default('Task stopped by user'),
      }),
      async ({ cluster, task, reason }) => {
        checkCluster(cluster);
        const known = registry.find(task);
        if (known === undefined)
          throw new CloudError('InvalidParameterException', 'The referenced task was not found.');
        return { task: describeTask(await registry.stop(known.taskArn, reason)) };
      },
    ),
    [target('DescribeTaskDefinition')]: operation(
      z.object({ taskDefinition: z.string() }),
      ({ taskDefinition }) => {
        const known = definitions.find(taskDefinition);
        if (known === undefined)
          throw new CloudError('ClientException', 'Unable to describe task definition.');
        return {
          taskDefinition: {
            ...known.definition,
            taskDefinitionArn: known.arn,
            revision: 1,
            status: 'ACTIVE',
          },
        };
      },
    ),
    [target('DescribeServices')]: operation(
      z.object({ cluster: z.string().optional(), services: z.array(z.string()).max(10) }),
      async ({ cluster, services: names }) => {
        checkCluster(cluster);
        const found: Record<string, unknown>[] = [];
        const failures: Record<string, unknown>[] = [];
        for (const name of names) {
          const short = shortName(name);
          if (services.has(short)) found.push(await describeService(registry, services, clusterArn, short));
          else failures.push({ arn: name, reason: 'MISSING' });
        }
        return { services: found, failures };
      },
    ),
    [target('UpdateService')]: operation(
      z.object({
        cluster: z.string().optional(),
        service: z.string(),
        desiredCount: z.int().min(0).optional(),
      }),
      async ({ cluster, service, desiredCount }) => {
        checkCluster(cluster);
        return { service: await updateService(registry, services, clusterArn, service, desiredCount) };
      },
    ),
  };
}

/** UpdateService, for the wire and for state machines. Throws `CloudError`. */
export async function updateService(
  registry: TaskRegistry,
  services: ServiceRegistry,
  clusterArn: string,
  service: string,
  desiredCount: number | undefined,
): Promise<Record<string, unknown>> {
  const name = shortName(service);
  if (!services.has(name)) throw new CloudError('ServiceNotFoundException', 'Service not found.');
  if (desiredCount !== undefined) {
    if (desiredCount > highestDesiredCount) {
      throw new CloudError(
        'InvalidParameterException',
        `Tasks of a service share one port here: desiredCount is at most ${highestDesiredCount}.`,
      );
    }
    await services.want(name, desiredCount);
  }
  return await describeService(registry, services, clusterArn, name);
}

async function describeService(
  registry: TaskRegistry,
  services: ServiceRegistry,
  clusterArn: string,
  name: string,
): Promise<Record<string, unknown>> {
  const tasks = await Promise.all(services.tasksOf(name).map(({ taskArn }) => registry.refresh(taskArn)));
  const running = tasks.filter((task) => task !== undefined && task.startedAt !== null).length;
  return {
    serviceArn: `${clusterArn.replace(':cluster/', ':service/')}/${name}`,
    serviceName: name,
    clusterArn,
    status: 'ACTIVE',
    desiredCount: services.desiredCountOf(name),
    runningCount: running,
    pendingCount: tasks.length - running,
    launchType: 'FARGATE',
  };
}

function shortName(service: string): string {
  return service.split('/').at(-1) ?? service;
}
