import { functionName } from '../../config/names.ts';
import { statementsOf } from '../../lib/stacks/checks/policy-statements.ts';
import { resourcesOfType } from '../../lib/stacks/checks/template.ts';
import { environmentNamed } from './environments.ts';
import type { FakeAws } from './fake-aws.ts';
import { synthesise } from './synthesise.ts';

/** Actions that are not called as their operation is, and operations of services that answer with XML. */
const named: Readonly<Record<string, string>> = {
  'AWSBudgetServiceGateway.DescribeBudget': 'budgets:ViewBudget',
  GetCallerIdentity: 'sts:GetCallerIdentity',
  GetRole: 'iam:GetRole',
};

const services: Readonly<Record<string, string>> = {
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  AmazonEC2ContainerServiceV20141113: 'ecs',
  Logs_20140328: 'logs',
  ServiceQuotasV20190624: 'servicequotas',
  AmazonSSM: 'ssm',
  AWSStepFunctions: 'states',
  secretsmanager: 'secretsmanager',
};

/** What a handler asked of the fake, as IAM actions, sorted. Requests to a URL of CloudFormation need none. */
export function askedActions({ operations }: FakeAws): readonly string[] {
  const actions = [...operations].flatMap((operation) => {
    const own = named[operation];
    if (own !== undefined) return [own];
    const [service = '', name] = operation.split('.');
    const prefix = services[service];
    if (prefix !== undefined && name !== undefined) return [`${prefix}:${name}`];
    if (operation.startsWith('PUT /answer')) return [];
    if (operation.startsWith('PUT ')) return ['s3:PutObject'];
    if (/^GET \S+\?list-type=2/.test(operation)) return ['s3:ListBucket'];
    if (/^(?:GET|HEAD) /.test(operation)) return ['s3:GetObject'];
    return [`rds:${operation}`];
  });
  return [...new Set(actions)].sort();
}

/**
 * What the role of a function may do, sorted, without what happens around its code: its log, the keys
 * behind other services, the queue that Lambda itself writes to.
 */
export function grantedActions(purpose: string): readonly string[] {
  const role = functionName('dev-min', purpose);
  const actions = [...synthesise(environmentNamed('dev-min')).values()].flatMap((template) =>
    resourcesOfType(template, 'AWS::IAM::Role')
      .filter(([, { Properties }]) => Properties.RoleName === role)
      .flatMap(([logicalId]) =>
        statementsOf(template)
          .filter((statement) => statement.logicalId === logicalId && statement.kind === 'role')
          .flatMap((statement) => statement.actions),
      ),
  );
  return [...new Set(actions)].filter((action) => !/^(?:logs|kms|sqs):/.test(action)).sort();
}
