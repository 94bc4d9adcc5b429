import type { EnvironmentName } from '../../config/names.ts';
import type { ContainerRequirements, ServiceContract, TaskContract } from '../task-contracts/define-task.ts';
import { secretNames } from './secrets/wanted-secrets.ts';

/** What a role may do; the shape of an IAM statement, without the CDK. */
export type Grant = {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** Where the things lie that contracts are granted; ARNs may be unresolved references. */
export type GrantPlaces = {
  readonly environment: EnvironmentName;
  readonly evidenceBucketArn: string;
  readonly lakeBucketArn: string;
  readonly dataKeyArn: string;
  readonly secretsKeyArn: string;
  readonly repositoryArn: string;
  readonly logGroupArn: string;
  /** `arn:…:parameter`, without a slash at its end. */
  readonly parameterArn: string;
};

const objects = (bucketArn: string, prefixes: readonly string[]) =>
  prefixes.map((prefix) => `${bucketArn}/${prefix}*`);

/**
 * What a task's own code may do: its launch's folder in the evidence store, and the prefixes its contract
 * names. Nothing of a service: it leaves rows, not evidence. Pure.
 */
export function taskGrants(contract: TaskContract | ServiceContract, places: GrantPlaces): readonly Grant[] {
  if (!('parameters' in contract)) return [];
  const runControl = `evidence/${places.environment}/run_control/`;
  const { evidence, lake } = contract;
  const evidenceReads = [...new Set([runControl, ...evidence.reads, ...evidence.writes])].sort();
  const evidenceWrites = [...new Set([`${runControl}*/launches/`, ...evidence.writes])].sort();
  const lakeReads = [...new Set([...lake.reads, ...lake.writes])].sort();
  // Without the list, S3 answers 403 to a key that is not there, and absent would look like forbidden.
  const list = (sid: string, bucketArn: string, prefixes: readonly string[]): Grant => ({
    sid,
    actions: ['s3:ListBucket'],
    resources: [bucketArn],
    conditions: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
  });
  return [
    {
      sid: 'WriteEvidence',
      actions: ['s3:PutObject'],
      resources: objects(places.evidenceBucketArn, evidenceWrites),
    },
    {
      sid: 'ReadEvidence',
      actions: ['s3:GetObject'],
      resources: objects(places.evidenceBucketArn, evidenceReads),
    },
    list('ListEvidence', places.evidenceBucketArn, evidenceReads),
    ...(lake.writes.length === 0
      ? []
      : [
          {
            sid: 'WriteLake',
            actions: ['s3:PutObject'],
            resources: objects(places.lakeBucketArn, lake.writes),
          },
        ]),
    ...(lakeReads.length === 0
      ? []
      : [
          { sid: 'ReadLake', actions: ['s3:GetObject'], resources: objects(places.lakeBucketArn, lakeReads) },
          list('ListLake', places.lakeBucketArn, lakeReads),
        ]),
    { sid: 'UseDataKey', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [places.dataKeyArn] },
  ];
}

/** What the platform may do to start a contract: pull its image, open its log, read its secrets. Pure. */
export function executionGrants(contract: ContainerRequirements, places: GrantPlaces): readonly Grant[] {
  const parameters = secretNames(places.environment, contract).map((name) => `${places.parameterArn}${name}`);
  return [
    // The one action of a registry that knows no resource.
    { sid: 'LogInToRegistry', actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
    {
      sid: 'PullImage',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [places.repositoryArn],
    },
    {
      sid: 'WriteLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${places.logGroupArn}:log-stream:${contract.name}/*`],
    },
    ...(parameters.length === 0
      ? []
      : [
          { sid: 'ReadOwnSecrets', actions: ['ssm:GetParameters'], resources: parameters },
          {
            sid: 'DecryptOwnSecrets',
            actions: ['kms:Decrypt'],
            resources: [places.secretsKeyArn],
            conditions: { StringEquals: { 'kms:EncryptionContext:PARAMETER_ARN': parameters } },
          },
        ]),
  ];
}
