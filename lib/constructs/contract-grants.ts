import type { EnvironmentName } from '../../config/names.ts';
import type {
  ContainerRequirements,
  ServiceContract,
  StorageAction,
  TaskContract,
} from '../task-contracts/define-task.ts';
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
 * What a task's own code may do: the actions of its contract, on its launch's folder in the evidence store and on
 * the prefixes that its contract names; and what S3 asks of the key for them. Nothing of a service: it leaves rows,
 * not evidence. Pure.
 */
export function taskGrants(contract: TaskContract | ServiceContract, places: GrantPlaces): readonly Grant[] {
  if (!('parameters' in contract)) return [];
  const runControl = `evidence/${places.environment}/run_control/`;
  const { evidence, lake, actions } = contract;
  const evidenceReads = [...new Set([runControl, ...evidence.reads, ...evidence.writes])].sort();
  const evidenceWrites = [...new Set([`${runControl}*/launches/`, ...evidence.writes])].sort();
  const lakeReads = [...new Set([...lake.reads, ...lake.writes])].sort();
  const grant = (sid: string, action: StorageAction, bucketArn: string, prefixes: readonly string[]) =>
    !actions.includes(action) || prefixes.length === 0
      ? []
      : [
          action === 's3:ListBucket'
            ? {
                sid,
                actions: [action],
                resources: [bucketArn],
                conditions: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
              }
            : { sid, actions: [action], resources: objects(bucketArn, prefixes) },
        ];
  return [
    ...grant('WriteEvidence', 's3:PutObject', places.evidenceBucketArn, evidenceWrites),
    ...grant('ReadEvidence', 's3:GetObject', places.evidenceBucketArn, evidenceReads),
    ...grant('ListEvidence', 's3:ListBucket', places.evidenceBucketArn, evidenceReads),
    ...grant('WriteLake', 's3:PutObject', places.lakeBucketArn, lake.writes),
    ...grant('ReadLake', 's3:GetObject', places.lakeBucketArn, lakeReads),
    ...grant('ListLake', 's3:ListBucket', places.lakeBucketArn, lakeReads),
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
