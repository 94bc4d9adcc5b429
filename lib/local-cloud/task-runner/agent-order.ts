import { platformVariables } from '../../task-contracts/launch-environment.ts';
import type { TaskDefinition } from '../../task-contracts/task-definition.ts';
import type { StoredTask } from './ecs-task.ts';
import type { AgentOrder } from './task-agent.ts';

/** What a container gets from its platform, besides what its definition says. */
export type ContainerGround = {
  /** Program and first arguments of every container; the definition's command follows. */
  readonly entryPoint: readonly string[];
  /** Value of an SSM parameter by ARN; throws when it cannot be had. */
  readonly readSecret: (valueFrom: string) => Promise<string>;
  readonly workFolder: string;
  readonly logFile: string;
};

/**
 * What the container of a task is started with: the variables of its definition, its secrets, then what the launch
 * overrides, as ECS has them win; the scratch folder is the platform's word. Rejects when a secret cannot be read.
 */
export async function agentOrder(
  task: Pick<StoredTask, 'overrides'>,
  definition: TaskDefinition,
  { entryPoint, readSecret, workFolder, logFile }: ContainerGround,
): Promise<AgentOrder> {
  const [container] = definition.containerDefinitions;
  const secrets = await Promise.all(
    container.secrets.map(async ({ name, valueFrom }) => ({ name, value: await readSecret(valueFrom) })),
  );
  const overrides = task.overrides.containerOverrides;
  const variables = [
    ...container.environment,
    ...secrets,
    ...overrides.flatMap(({ environment }) => environment),
    { name: platformVariables.scratch, value: workFolder },
  ];
  const command = overrides.find((override) => override.command !== undefined)?.command ?? container.command;
  return {
    command: [...entryPoint, ...command],
    environment: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    workFolder,
    logFile,
    stopTimeoutSeconds: container.stopTimeout,
  };
}
