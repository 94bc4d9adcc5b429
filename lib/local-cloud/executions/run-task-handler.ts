import { z } from 'zod';
import { launchVariables } from '../../task-contracts/launch-environment.ts';
import type { JsonValue } from '../../vocabulary/json.ts';
import type { Interference } from '../interference.ts';
import { describeTask, overridesSchema, pascalCase, tagSchema } from '../task-runner/ecs-task.ts';
import type { RegisteredDefinitions } from '../task-runner/registered-definitions.ts';
import type { TaskRegistry } from '../task-runner/task-registry.ts';
import type { TaskHandler } from './execution.ts';
import { StatesError } from './states-error.ts';
import type { EmitTaskEvent } from './task-life.ts';

/** Overrides of RunTask may have this many characters, JSON included. */
export const overridesLimit = 8_192;

const parametersSchema = z.object({
  Cluster: z.string(),
  TaskDefinition: z.string(),
  Overrides: z.record(z.string(), z.json()).default({}),
  Tags: z.array(z.record(z.string(), z.string())).default([]),
});

/** What of the task registry a launch needs. */
export type LaunchRegistry = Pick<TaskRegistry, 'findByLaunchKey' | 'run' | 'whenStopped'>;

/**
 * `ecs:runTask.sync`: launches, waits for the task to stop, succeeds only for exit 0. A launch key that
 * has a task already adopts it, so that an execution which is interpreted again after the death of
 * the cloud never launches twice.
 *
 * Failures as Step Functions words them: `ECS.<Exception>` when RunTask was refused, `AmazonECS.Unknown` when
 * it launched nothing, `States.TaskFailed` with the task as JSON in the Cause for every other exit than 0.
 */
export function runTaskHandler(
  registry: LaunchRegistry,
  definitions: RegisteredDefinitions,
  interference: Interference,
): TaskHandler {
  return async (received, emit) => {
    const parameters = parametersSchema.parse(received);
    const overrides = overridesSchema.parse(camelCase(parameters.Overrides));
    const launchKey = overrides.containerOverrides
      .flatMap(({ environment }) => environment)
      .find(({ name }) => name === launchVariables.launchKey)?.value;
    let task = launchKey === undefined ? undefined : registry.findByLaunchKey(launchKey);
    if (task === undefined) {
      const definition = definitions.find(parameters.TaskDefinition);
      if (definition === undefined)
        return submitFailed(emit, 'ECS.ClientException', 'TaskDefinition not found.');
      if (JSON.stringify(parameters.Overrides).length > overridesLimit) {
        return submitFailed(
          emit,
          'ECS.InvalidParameterException',
          'Container Overrides length must be at most 8192',
        );
      }
      const launch = () =>
        registry.run({
          definition: definition.definition,
          definitionArn: definition.arn,
          clusterArn: parameters.Cluster,
          overrides,
          tags: z.array(tagSchema).parse(camelCase(parameters.Tags)),
          clientToken: null,
          startedBy: 'AWS Step Functions',
          group: null,
        });
      try {
        task = await interference.runTask(launchKey, launch);
      } catch (error) {
        if (!(error instanceof StatesError)) throw error;
        return submitFailed(emit, error.name, error.message);
      }
    }
    emit('TaskSubmitted', {
      output: JSON.stringify({ Failures: [], Tasks: [pascalCase(epochMillisTimes(describeTask(task)))] }),
    });
    const stopped = await registry.whenStopped(task.taskArn);
    const told = interference.tell(describeTask(stopped));
    const described = pascalCase(epochMillisTimes(told)) as JsonValue;
    if (endedWell(told)) return described;
    throw new StatesError('States.TaskFailed', JSON.stringify(described));
  };
}

const endedWellSchema = z.object({
  stopCode: z.literal('EssentialContainerExited'),
  containers: z.array(z.object({ exitCode: z.literal(0) })).min(1),
});

function endedWell(told: Record<string, unknown>): boolean {
  return endedWellSchema.safeParse(told).success;
}

function submitFailed(emit: EmitTaskEvent, error: string, cause: string): never {
  emit('TaskSubmitFailed', { error, cause });
  throw new StatesError(error, cause);
}

function camelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`,
      camelCase(member),
    ]),
  );
}

/** Step Functions gives a task's times as epoch milliseconds. */
function epochMillisTimes(task: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(task).map(([key, value]) => [
      key,
      key.endsWith('At') ? Math.round(Number(value) * 1_000) : value,
    ]),
  );
}
