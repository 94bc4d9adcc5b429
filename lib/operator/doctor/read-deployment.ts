import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeImagesCommand,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import { ClientException, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { DBInstanceNotFoundFault, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { DescribeStateMachineCommand, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import {
  databaseIdentifier,
  type EnvironmentName,
  imageRepositoryName,
  stoppedOnPurposeTag,
} from '../../../config/names.ts';
import type { AccountClients } from './account-clients.ts';
import type { DatabaseFact, DefinitionFact, LogGroupFact, RegistryFact, StateMachineFact } from './facts.ts';

export async function readDefinitions(
  { ecs }: Pick<AccountClients, 'ecs'>,
  families: readonly string[],
  signal: AbortSignal,
): Promise<readonly DefinitionFact[]> {
  return await Promise.all(
    families.map(async (family) => {
      const described = await ecs
        .send(new DescribeTaskDefinitionCommand({ taskDefinition: family }), { abortSignal: signal })
        .catch((error: unknown) => {
          if (error instanceof ClientException) return undefined;
          throw error;
        });
      const definition = described?.taskDefinition;
      return {
        family,
        definition:
          definition?.taskDefinitionArn === undefined || definition.status === 'INACTIVE'
            ? undefined
            : {
                arn: definition.taskDefinitionArn,
                image: definition.containerDefinitions?.[0]?.image ?? '',
                taskRoleArn: definition.taskRoleArn,
                executionRoleArn: definition.executionRoleArn,
              },
      };
    }),
  );
}

/** Which of the digests the environment's repository has. */
export async function readRegistry(
  { ecr }: Pick<AccountClients, 'ecr'>,
  environment: EnvironmentName,
  digests: readonly string[],
  signal: AbortSignal,
): Promise<RegistryFact> {
  const repositoryName = imageRepositoryName(environment);
  const present: string[] = [];
  // Asked once without a digest too: an absent repository is not an absent image.
  for (const imageDigest of [undefined, ...digests]) {
    try {
      const { imageDetails } = await ecr.send(
        new DescribeImagesCommand({
          repositoryName,
          ...(imageDigest === undefined ? { maxResults: 1 } : { imageIds: [{ imageDigest }] }),
        }),
        { abortSignal: signal },
      );
      if (
        imageDigest !== undefined &&
        imageDetails?.some((image) => image.imageDigest === imageDigest) === true
      )
        present.push(imageDigest);
    } catch (error) {
      if (error instanceof RepositoryNotFoundException) return undefined;
      if (!(error instanceof ImageNotFoundException)) throw error;
    }
  }
  return { present };
}

export async function readLogGroups(
  { logs }: Pick<AccountClients, 'logs'>,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly LogGroupFact[]> {
  return await Promise.all(
    names.map(async (name) => {
      const { logGroups } = await logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 50 }),
        { abortSignal: signal },
      );
      const found = logGroups?.find(({ logGroupName }) => logGroupName === name);
      return { name, retentionDays: found === undefined ? undefined : (found.retentionInDays ?? null) };
    }),
  );
}

export async function readStateMachines(
  { stepFunctions }: Pick<AccountClients, 'stepFunctions'>,
  arnPrefix: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly StateMachineFact[]> {
  return await Promise.all(
    names.map(async (name) => {
      const described = await stepFunctions
        .send(new DescribeStateMachineCommand({ stateMachineArn: `${arnPrefix}${name}` }), {
          abortSignal: signal,
        })
        .catch((error: unknown) => {
          if (error instanceof StateMachineDoesNotExist) return undefined;
          throw error;
        });
      return {
        name,
        machine:
          described === undefined
            ? undefined
            : { status: described.status ?? 'without a status', roleArn: described.roleArn },
      };
    }),
  );
}

export async function readDatabase(
  { rds }: Pick<AccountClients, 'rds'>,
  environment: EnvironmentName,
  signal: AbortSignal,
): Promise<DatabaseFact> {
  const described = await rds
    .send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: databaseIdentifier(environment) }), {
      abortSignal: signal,
    })
    .catch((error: unknown) => {
      if (error instanceof DBInstanceNotFoundFault) return undefined;
      throw error;
    });
  const [found] = described?.DBInstances ?? [];
  if (found === undefined) return undefined;
  return {
    status: found.DBInstanceStatus ?? 'without a status',
    engineVersion: found.EngineVersion ?? 'of unknown version',
    stoppedOnPurpose: (found.TagList ?? []).some(({ Key }) => Key === stoppedOnPurposeTag),
  };
}
