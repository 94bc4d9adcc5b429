import { z } from 'zod';
import type { TaskDefinition } from '../../../lib/task-contracts/task-definition.ts';
import type { ResolvedResource } from './resolve-environment.ts';

const pair = z.object({ name: z.string(), value: z.string() });
const containerSchema = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  essential: z.literal(true),
  user: z.string(),
  readonlyRootFilesystem: z.literal(true),
  stopTimeout: z.number(),
  environment: z.array(pair),
  secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })),
  mountPoints: z.array(z.object({ sourceVolume: z.string(), containerPath: z.string() })),
  linuxParameters: z.object({ initProcessEnabled: z.literal(true) }),
  logConfiguration: z.object({
    logDriver: z.literal('awslogs'),
    options: z.record(z.string(), z.string()),
  }),
});
const definitionSchema = z.object({
  family: z.string(),
  cpu: z.string(),
  memory: z.string(),
  networkMode: z.literal('awsvpc'),
  requiresCompatibilities: z.tuple([z.literal('FARGATE')]),
  runtimePlatform: z.object({
    cpuArchitecture: z.literal('X86_64'),
    operatingSystemFamily: z.literal('LINUX'),
  }),
  ephemeralStorage: z.object({ sizeInGiB: z.number() }),
  volumes: z.array(z.object({ name: z.string() })),
  containerDefinitions: z.tuple([containerSchema]),
  taskRoleArn: z.string(),
  executionRoleArn: z.string(),
});

/** A task definition as CloudFormation would register it, with its two roles. */
export type DeployedDefinition = TaskDefinition & {
  readonly taskRoleArn: string;
  readonly executionRoleArn: string;
};

/** The task definitions of a deployed environment, by family. */
export function deployedDefinitions(
  resources: readonly ResolvedResource[],
): ReadonlyMap<string, DeployedDefinition> {
  return new Map(
    resources
      .filter(({ type }) => type === 'AWS::ECS::TaskDefinition')
      .map(({ properties }) => {
        const definition = definitionSchema.parse(lowerKeys(properties));
        return [definition.family, definition];
      }),
  );
}

function lowerKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`,
      lowerKeys(member),
    ]),
  );
}
