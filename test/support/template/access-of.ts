import type { S3Wish } from '../../fakes/s3/fake-s3.ts';
import type { Access } from './evaluate-access.ts';
import type { DeployedDefinition } from './task-definitions.ts';

/** Where an environment is deployed, as requests name it. */
export type AccessPlaces = {
  readonly account: string;
  readonly region: string;
  readonly clusterArn: string;
  readonly repositoryArn: string;
  readonly dataKeyArn: string;
  readonly secretsKeyArn: string;
};

/** Creating a state machine with `.sync` states and a log makes Step Functions ask for these. */
export function machineAccess(role: string, { account, region }: AccessPlaces): readonly Access[] {
  const rule = `arn:aws:events:${region}:${account}:rule/StepFunctionsGetEventsForECSTaskRule`;
  const events = ['DescribeRule', 'PutRule', 'PutTargets'].map((name) =>
    access(role, `events:${name}`, rule),
  );
  const delivery = [
    'CreateLogDelivery',
    'DescribeLogGroups',
    'DescribeResourcePolicies',
    'GetLogDelivery',
    'ListLogDeliveries',
    'PutResourcePolicy',
  ].map((name) => access(role, `logs:${name}`, '*'));
  return [...events, ...delivery];
}

/** What a state machine does to launch a task with tags and to hear of its end. */
export function launchAccess(
  role: string,
  definition: DeployedDefinition,
  { account, region, clusterArn }: AccessPlaces,
): readonly Access[] {
  const inCluster = { 'ecs:cluster': clusterArn };
  const task = `${clusterArn.replace(':cluster/', ':task/')}/${'0'.repeat(32)}`;
  const passed = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };
  const definitionArn = `arn:aws:ecs:${region}:${account}:task-definition/${definition.family}:1`;
  return [
    access(role, 'ecs:RunTask', definitionArn, inCluster),
    access(role, 'iam:PassRole', definition.executionRoleArn, passed),
    access(role, 'iam:PassRole', definition.taskRoleArn, passed),
    access(role, 'ecs:TagResource', task, { 'ecs:CreateAction': 'RunTask' }),
    access(role, 'ecs:DescribeTasks', task, inCluster),
  ];
}

/** What Fargate does as the execution role before a container starts, in its order. */
export function startAccess(
  { containerDefinitions: [container], executionRoleArn }: DeployedDefinition,
  taskId: string,
  { account, region, repositoryArn, secretsKeyArn }: AccessPlaces,
): readonly Access[] {
  const { options } = container.logConfiguration;
  const stream = `${options['awslogs-stream-prefix']}/${container.name}/${taskId}`;
  const log = `arn:aws:logs:${region}:${account}:log-group:${options['awslogs-group']}:log-stream:${stream}`;
  const as = (action: string, resource: string, context: Access['context'] = {}) =>
    access(executionRoleArn, action, resource, context);
  return [
    ...container.secrets.flatMap(({ valueFrom }) => [
      as('ssm:GetParameters', valueFrom),
      as('kms:Decrypt', secretsKeyArn, { 'kms:EncryptionContext:PARAMETER_ARN': valueFrom }),
    ]),
    as('ecr:GetAuthorizationToken', '*'),
    ...['BatchCheckLayerAvailability', 'GetDownloadUrlForLayer', 'BatchGetImage'].map((name) =>
      as(`ecr:${name}`, repositoryArn),
    ),
    as('logs:CreateLogStream', log),
    as('logs:PutLogEvents', log),
  ];
}

/** What S3 asks for a request: the action itself and, for contents, the key of the bucket. */
export function storageAccess(
  role: string,
  { operation, bucket, key }: Pick<S3Wish, 'operation' | 'bucket' | 'key'>,
  headers: Readonly<Record<string, string | undefined>>,
  { dataKeyArn }: AccessPlaces,
): readonly Access[] {
  // Loopback stands in for TLS.
  const wire = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
  const arn = `arn:aws:s3:::${bucket}`;
  const condition = headers['if-none-match'];
  switch (operation) {
    case 'ListBucket':
    case 'ListObjectsV2':
      return [access(role, 's3:ListBucket', arn, { ...wire, 's3:prefix': key })];
    case 'PutObject':
      return [
        access(role, 's3:PutObject', `${arn}/${key}`, {
          ...wire,
          ...(condition === undefined ? {} : { 's3:if-none-match': condition }),
        }),
        access(role, 'kms:GenerateDataKey', dataKeyArn),
      ];
    case 'GetObject':
    case 'HeadObject':
      return [access(role, 's3:GetObject', `${arn}/${key}`, wire), access(role, 'kms:Decrypt', dataKeyArn)];
    default:
      return [access(role, `s3:${operation}`, `${arn}/${key}`, wire)];
  }
}

function access(
  principal: string,
  action: string,
  resource: string,
  context: Access['context'] = {},
): Access {
  return { principal, action, resource, context };
}
