import { z } from 'zod';
import { containerName } from '../../../config/names.ts';
import { launchVariables } from '../../task-contracts/launch-environment.ts';

const variableSchema = z.object({ name: z.string(), value: z.string() });

export const overridesSchema = z.object({
  containerOverrides: z
    .array(
      z.object({
        name: z.string(),
        command: z.array(z.string()).optional(),
        environment: z.array(variableSchema).default([]),
      }),
    )
    .default([]),
});

export const tagSchema = z.object({ key: z.string(), value: z.string() });

/** A task as this cloud keeps it, `task.json`; times are epoch milliseconds. */
export const storedTaskSchema = z.object({
  taskArn: z.string(),
  taskDefinitionArn: z.string(),
  clusterArn: z.string(),
  image: z.string(),
  imageDigest: z.string(),
  stopTimeoutSeconds: z.number(),
  clientToken: z.string().nullable(),
  startedBy: z.string().nullable(),
  group: z.string(),
  overrides: overridesSchema,
  tags: z.array(tagSchema),
  createdAt: z.number(),
  stopRequested: z.object({ at: z.number(), reason: z.string() }).nullable(),
  end: z
    .object({
      stopCode: z.enum(['EssentialContainerExited', 'UserInitiated', 'TaskFailedToStart']),
      stoppedReason: z.string(),
      exitCode: z.number().nullable(),
      startedAt: z.number().nullable(),
      stoppedAt: z.number(),
    })
    .nullable(),
  startedAt: z.number().nullable(),
});
export type StoredTask = z.infer<typeof storedTaskSchema>;

/** Value of a variable that the launch put over the definition. */
export function overrideOf(task: StoredTask, name: string): string | undefined {
  return task.overrides.containerOverrides
    .flatMap(({ environment }) => environment)
    .find((variable) => variable.name === name)?.value;
}

export function launchKeyOfTask(task: StoredTask): string | undefined {
  return overrideOf(task, launchVariables.launchKey);
}

/** ECS forgets a stopped task within the hour; so does this, or nobody would miss the recorder. */
export const forgetStoppedAfterMillis = 3_600_000;

const epochSeconds = (millis: number) => millis / 1_000;

/** The task as DescribeTasks shows it: camelCase, times in epoch seconds. Pure. */
export function describeTask(task: StoredTask): Record<string, unknown> {
  const { end } = task;
  const startedAt = end?.startedAt ?? task.startedAt;
  const lastStatus = end !== null ? 'STOPPED' : startedAt !== null ? 'RUNNING' : 'PROVISIONING';
  const taskId = task.taskArn.split('/').at(-1);
  return {
    taskArn: task.taskArn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    containers: [
      {
        containerArn: `${task.taskArn.replace(':task/', ':container/')}/${containerName}`,
        taskArn: task.taskArn,
        name: containerName,
        image: task.image,
        // Known once the image is pulled.
        ...(startedAt === null ? {} : { imageDigest: task.imageDigest, runtimeId: `${taskId}-1` }),
        lastStatus: lastStatus === 'PROVISIONING' ? 'PENDING' : lastStatus,
        ...(end === null || end.exitCode === null ? {} : { exitCode: end.exitCode }),
        ...(end === null || end.exitCode !== null ? {} : { reason: end.stoppedReason }),
      },
    ],
    lastStatus,
    desiredStatus: end !== null || task.stopRequested !== null ? 'STOPPED' : 'RUNNING',
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    group: task.group,
    ...(task.startedBy === null ? {} : { startedBy: task.startedBy }),
    overrides: task.overrides,
    tags: task.tags,
    createdAt: epochSeconds(task.createdAt),
    ...(startedAt === null ? {} : { startedAt: epochSeconds(startedAt) }),
    ...(task.stopRequested === null ? {} : { stoppingAt: epochSeconds(task.stopRequested.at) }),
    ...(end === null
      ? {}
      : {
          stoppedAt: epochSeconds(end.stoppedAt),
          executionStoppedAt: epochSeconds(end.stoppedAt),
          stopCode: end.stopCode,
          stoppedReason: end.stoppedReason,
        }),
    version: end !== null ? 3 : startedAt !== null ? 2 : 1,
  };
}

/**
 * ECS's `Task State Change` event, as EventBridge delivers it; times as ISO text. `tell` is what ECS makes of
 * what the task is. Pure.
 */
export function taskStateChange(
  task: StoredTask,
  tell: (task: Record<string, unknown>) => Record<string, unknown>,
): Record<string, unknown> {
  const iso = (millis: number | null | undefined) => (millis == null ? {} : new Date(millis).toISOString());
  const detail: Record<string, unknown> = { ...tell(describeTask(task)) };
  for (const [name, millis] of [
    ['createdAt', task.createdAt],
    ['startedAt', task.end?.startedAt ?? task.startedAt],
    ['stoppingAt', task.stopRequested?.at],
    ['stoppedAt', task.end?.stoppedAt],
    ['executionStoppedAt', task.end?.stoppedAt],
  ] as const) {
    if (millis == null) delete detail[name];
    else detail[name] = iso(millis);
  }
  // EventBridge events about tasks carry no tags; the recorder must not come to rely on them.
  delete detail.tags;
  return { source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail };
}

/** Keys in PascalCase at every depth, as Step Functions' optimised integration returns the task. Pure. */
export function pascalCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascalCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      `${key.slice(0, 1).toUpperCase()}${key.slice(1)}`,
      pascalCase(member),
    ]),
  );
}
