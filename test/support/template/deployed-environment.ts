import { z } from 'zod';
import { bucketName, clusterName, stateMachineName } from '../../../config/names.ts';
import { workflows } from '../../../lib/workflows/catalogue.ts';
import type { StateMachine } from '../../../lib/workflows/state-machine.ts';
import { awsAccount } from '../aws-environment.ts';
import { environmentNamed } from '../environments.ts';
import { synthesise } from '../synthesise.ts';
import type { AccessPlaces } from './access-of.ts';
import { type AccountPolicies, accountPolicies } from './account-policies.ts';
import { type ResolvedResource, resolveEnvironment } from './resolve-environment.ts';
import { type DeployedDefinition, deployedDefinitions } from './task-definitions.ts';

export const templateEnvironment = 'dev-min';

/** An environment as it would be after a deploy, read from its synthesized templates and nothing else. */
export type DeployedEnvironment = {
  readonly places: AccessPlaces;
  readonly policies: AccountPolicies;
  /** By family. */
  readonly definitions: ReadonlyMap<string, DeployedDefinition>;
  /** By workflow. */
  readonly machines: ReadonlyMap<string, { readonly definition: StateMachine; readonly role: string }>;
  /** Names of the parameters that the environment keeps secrets in. */
  readonly parameters: readonly string[];
  readonly evidenceBucket: string;
  readonly lakeBucket: string;
};

const machineSchema = z.object({
  StateMachineName: z.string(),
  RoleArn: z.string(),
  DefinitionString: z.string(),
});
const secretSchema = z.object({ name: z.string() });
const bucketSchema = z.object({
  BucketName: z.string(),
  BucketEncryption: z.object({
    ServerSideEncryptionConfiguration: z.tuple([
      z.object({ ServerSideEncryptionByDefault: z.object({ KMSMasterKeyID: z.string() }) }),
    ]),
  }),
});

/** Synthesizes an environment and carries out what a deploy would. */
export function deployFromTemplates(): DeployedEnvironment {
  const settings = environmentNamed(templateEnvironment);
  // The file may leave the account to whoever deploys.
  const account = settings.account ?? awsAccount;
  const { region } = settings;
  const resources = resolveEnvironment(synthesise(settings), {
    account,
    region,
    imageDigest: `sha256:${'7'.repeat(64)}`,
  });
  const ofType = (type: string) => resources.filter((one) => one.type === type);
  const evidenceBucket = bucketName(settings.name, account, 'evidence');
  const lakeBucket = bucketName(settings.name, account, 'lake');
  return {
    places: {
      account,
      region,
      clusterArn: `arn:aws:ecs:${region}:${account}:cluster/${clusterName(settings.name)}`,
      repositoryArn: repositoryArn(ofType('AWS::ECR::Repository'), account, region),
      dataKeyArn: keyOf(ofType('AWS::S3::Bucket'), [evidenceBucket, lakeBucket]),
      secretsKeyArn: keyArn(ofType('AWS::KMS::Key'), 'Secrets', account, region),
    },
    policies: accountPolicies(resources, account, region),
    definitions: deployedDefinitions(resources),
    machines: new Map(
      Object.keys(workflows).map((workflow) => [
        workflow,
        machineNamed(ofType('AWS::StepFunctions::StateMachine'), stateMachineName(settings.name, workflow)),
      ]),
    ),
    parameters: ofType('Custom::Secret').map(({ properties }) => secretSchema.parse(properties).name),
    evidenceBucket,
    lakeBucket,
  };
}

function machineNamed(machines: readonly ResolvedResource[], name: string) {
  const machine = machines
    .map(({ properties }) => machineSchema.parse(properties))
    .find(({ StateMachineName }) => StateMachineName === name);
  if (machine === undefined) throw new Error(`the templates have no state machine ${name}`);
  const definition: StateMachine = JSON.parse(machine.DefinitionString);
  return { definition, role: machine.RoleArn };
}

/** The one key that both buckets are encrypted with. */
function keyOf(buckets: readonly ResolvedResource[], names: readonly string[]): string {
  const keys = names.map((name) => {
    const bucket = buckets.find(({ properties }) => properties.BucketName === name);
    const { BucketEncryption } = bucketSchema.parse(bucket?.properties);
    const [{ ServerSideEncryptionByDefault }] = BucketEncryption.ServerSideEncryptionConfiguration;
    return ServerSideEncryptionByDefault.KMSMasterKeyID;
  });
  const [key, ...others] = new Set(keys);
  if (key === undefined || others.length > 0) throw new Error('evidence and lake have one key');
  return key;
}

function keyArn(keys: readonly ResolvedResource[], what: string, account: string, region: string): string {
  const key = keys.find(({ properties }) => String(properties.Description).startsWith(what));
  if (key === undefined) throw new Error(`the templates have no key of ${what}`);
  return `arn:aws:kms:${region}:${account}:key/${key.logicalId}`;
}

function repositoryArn(repositories: readonly ResolvedResource[], account: string, region: string): string {
  const [repository] = repositories;
  if (repository === undefined) throw new Error('the templates have no image repository');
  return `arn:aws:ecr:${region}:${account}:repository/${String(repository.properties.RepositoryName)}`;
}
