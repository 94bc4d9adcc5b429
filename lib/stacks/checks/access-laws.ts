import { type FoundStatement, statementsOf } from './policy-statements.ts';
import type { TemplateLaw } from './template.ts';

/** Actions that know no resource, and so stand with `*`. */
const withoutResource = new Set([
  'ecr:GetAuthorizationToken',
  'ecs:ListTasks',
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
]);

/** A law about every statement that allows a role something. */
function grantLaw(
  name: string,
  reason: string,
  fault: (statement: FoundStatement) => string | undefined,
): TemplateLaw {
  return {
    name,
    reason,
    check: (template) =>
      statementsOf(template).flatMap((statement) => {
        if (statement.kind !== 'role' || statement.effect !== 'Allow') return [];
        const message = fault(statement);
        return message === undefined ? [] : [{ logicalId: statement.logicalId, message }];
      }),
  };
}

/** A law about one action: what its condition must be. */
function conditionLaw(action: string, condition: string, value: RegExp, reason: string): TemplateLaw {
  return grantLaw(`condition-of-${action.replace(':', '-').toLowerCase()}`, reason, (statement) => {
    if (!statement.actions.includes(action)) return undefined;
    const values = statement.conditions.get(condition) ?? [];
    return values.length > 0 && values.every((one) => value.test(one))
      ? undefined
      : `${action} is allowed without ${condition}`;
  });
}

export const accessLaws: readonly TemplateLaw[] = [
  grantLaw('no-wildcard-resource', 'A grant names what it is for.', ({ actions, resources }) => {
    if (!resources.some((resource) => resource === '*' || resource.startsWith('everything but')))
      return undefined;
    const wide = actions.filter((action) => !withoutResource.has(action));
    return wide.length === 0 ? undefined : `${wide.join(', ')} on every resource`;
  }),
  grantLaw('no-wildcard-action', 'A grant names what may be done.', ({ actions }) => {
    const wide = actions.filter((action) => action.includes('*') || action.startsWith('everything but'));
    return wide.length === 0 ? undefined : `${wide.join(', ')} is more than one action`;
  }),
  grantLaw(
    'nobody-redrives',
    'A redriven execution would run under a name that already has its evidence.',
    ({ actions }) =>
      actions.some((action) => /^(?:states:RedriveExecution|states:\*|\*)$/.test(action))
        ? 'the execution may be redriven'
        : undefined,
  ),
  grantLaw('evidence-is-not-deleted', 'What is written once stays.', ({ actions }) =>
    actions.find((action) => /^s3:(?:Delete|Bypass|PutBucket|PutObjectRetention)/.test(action)),
  ),
  conditionLaw(
    'iam:PassRole',
    'StringEquals iam:PassedToService',
    /^ecs-tasks\.amazonaws\.com$/,
    'A role that may be passed to anything may be used by anything.',
  ),
  conditionLaw('ecs:RunTask', 'ArnEquals ecs:cluster', /.+/, 'Tasks run in this environment only.'),
  conditionLaw('ecs:StopTask', 'ArnEquals ecs:cluster', /.+/, 'Tasks of other clusters are not ours.'),
  conditionLaw('ecs:ListTasks', 'ArnEquals ecs:cluster', /.+/, 'Tasks of other clusters are not ours.'),
  conditionLaw(
    'ecs:TagResource',
    'StringEquals ecs:CreateAction',
    /^RunTask$/,
    'A deadline tag that could be changed later would bound nothing.',
  ),
  conditionLaw(
    's3:ListBucket',
    'StringLike s3:prefix',
    /^[a-z].*\/\*$/,
    'Who may list everything knows everybody’s runs; who may list nothing takes absent for forbidden.',
  ),
  grantLaw(
    'owners-password-is-the-writers',
    'The owner’s login can do anything to the database.',
    ({ logicalId, actions }) =>
      actions.some((action) => action.startsWith('secretsmanager:')) && !/^SecretsWriter/.test(logicalId)
        ? 'the owner’s password may be read'
        : undefined,
  ),
  {
    name: 'key-decrypts-for-its-own',
    reason: 'A secret is read by who starts its task, through its own key, and by nobody else.',
    check: (template) =>
      statementsOf(template).flatMap((statement) => {
        const decrypts = statement.actions.includes('kms:Decrypt') && statement.kind === 'role';
        if (!decrypts || !statement.resources.some((resource) => /SecretsKey/.test(resource))) return [];
        const context = [...statement.conditions.keys()].some((key) =>
          key.endsWith(' kms:EncryptionContext:PARAMETER_ARN'),
        );
        return context ? [] : [{ logicalId: statement.logicalId, message: 'any parameter may be decrypted' }];
      }),
  },
  {
    name: 'only-migrate-reads-the-owner',
    reason: 'The owner’s login can do anything to the database.',
    check: (template) =>
      statementsOf(template).flatMap(({ logicalId, kind, actions, resources }) =>
        kind === 'role' &&
        actions.some((action) => action.startsWith('ssm:Get')) &&
        resources.some((resource) => resource.endsWith('/database/master/dsn')) &&
        !/migrate/i.test(logicalId)
          ? [{ logicalId, message: 'the owner’s DSN may be read' }]
          : [],
      ),
  },
  {
    name: 'roles-trust-one-service',
    reason: 'A role that an account or another service may assume is not bound to what it was made for.',
    check: (template) =>
      statementsOf(template).flatMap(({ logicalId, kind, principals }) =>
        kind === 'trust' &&
        (principals.length !== 1 || !/^[a-z-]+\.amazonaws\.com$/.test(principals[0] ?? ''))
          ? [{ logicalId, message: `the role may be assumed by ${principals.join(', ') || 'anybody'}` }]
          : [],
      ),
  },
];
