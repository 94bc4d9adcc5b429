import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateLaws } from '../../../lib/stacks/checks/laws-plugin.ts';
import { resourcesOfType, type Template } from '../../../lib/stacks/checks/template.ts';
import { environmentNamed } from '../../support/environments.ts';
import { synthesise } from '../../support/synthesise.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are broken on purpose, past every type
type Anything = any;

const templates = synthesise(environmentNamed('dev-min'));
const privateTemplates = synthesise(environmentNamed('prod'));

/** Properties of the first resource of a type whose id matches. */
function propertiesOf(template: Template, type: string, id = /./): Anything {
  const found = resourcesOfType(template, type).find(([logicalId]) => id.test(logicalId));
  assert.ok(found, `${type} ${id}`);
  return found[1].Properties;
}
const container = (template: Template, id = /Taskprobe/): Anything =>
  propertiesOf(template, 'AWS::ECS::TaskDefinition', id).ContainerDefinitions[0];
const resource = (template: Template, type: string, id = /./): Anything => {
  const found = resourcesOfType(template, type).find(([logicalId]) => id.test(logicalId));
  assert.ok(found, `${type} ${id}`);
  return found[1];
};
/** Statement of a role or of a resource's policy, by its sid. */
function statement(template: Template, sid: string): Anything {
  const found = Object.values(template.Resources)
    .flatMap(({ Properties }: Anything) => [
      ...(Properties.Policies ?? []).flatMap((policy: Anything) => policy.PolicyDocument.Statement),
      ...(Properties.PolicyDocument?.Statement ?? []),
      ...(Properties.KeyPolicy?.Statement ?? []),
    ])
    .find((candidate: Anything) => candidate.Sid === sid);
  assert.ok(found, sid);
  return found;
}
const add = (template: Template, Type: string, Properties: Anything = {}) => {
  template.Resources.Added = { Type, Properties };
};

/** How each law is broken, in which stack. */
const breaks: Readonly<Record<string, readonly [stack: string, (template: Template) => void]>> = {
  'no-secret-in-environment': [
    'tasks',
    (t) =>
      container(t).Environment.push({
        Name: 'CHECKPOINT_URL',
        Value: 'postgresql://fraud_probe:Zx8%2Bq1vT@db:5432/fraud?sslmode=verify-full',
      }),
  ],
  'no-secret-in-function': [
    'workflows',
    (t) => {
      propertiesOf(t, 'AWS::Lambda::Function').Environment.Variables.GATE_API_KEY = 'k'.repeat(32);
    },
  ],
  'secrets-by-parameter': [
    'tasks',
    (t) => {
      container(t).Secrets[0].ValueFrom = 'arn:aws:secretsmanager:eu-west-2:111122223333:secret:x';
    },
  ],
  'stop-timeout': [
    'tasks',
    (t) => {
      container(t).StopTimeout = 999;
    },
  ],
  'read-only-root': [
    'tasks',
    (t) => {
      container(t).ReadonlyRootFilesystem = false;
    },
  ],
  'plain-user': [
    'tasks',
    (t) => {
      container(t).User = '0:0';
    },
  ],
  'init-process': [
    'tasks',
    (t) => {
      container(t).LinuxParameters.InitProcessEnabled = false;
    },
  ],
  'scratch-volume': [
    'tasks',
    (t) => {
      container(t).MountPoints = [];
    },
  ],
  'image-by-digest': [
    'tasks',
    (t) => {
      container(t).Image = 'fraud-platform:latest';
    },
  ],
  'log-mode': [
    'tasks',
    (t) => {
      container(t).LogConfiguration.Options.mode = 'non-blocking';
    },
  ],
  'no-shell': [
    'tasks',
    (t) => {
      container(t).Command = ['sh', '-c', 'probe'];
    },
  ],
  'definitions-stay': [
    'tasks',
    (t) => {
      resource(t, 'AWS::ECS::TaskDefinition').DeletionPolicy = 'Retain';
    },
  ],
  'count-belongs-to-the-burst': [
    'tasks',
    (t) => {
      propertiesOf(t, 'AWS::ECS::Service').DesiredCount = 0;
    },
  ],
  'no-wildcard-resource': [
    'tasks',
    (t) => {
      statement(t, 'WriteEvidence').Resource = '*';
    },
  ],
  'no-wildcard-action': [
    'tasks',
    (t) => {
      statement(t, 'WriteEvidence').Action = 's3:*';
    },
  ],
  'nobody-redrives': [
    'workflows',
    (t) => {
      statement(t, 'RunTasks').Action = 'states:RedriveExecution';
    },
  ],
  'evidence-is-not-deleted': [
    'workflows',
    (t) => {
      statement(t, 'WriteRecords').Action = 's3:DeleteObject';
    },
  ],
  'condition-of-iam-passrole': [
    'workflows',
    (t) => {
      statement(t, 'PassTaskRoles').Condition = {};
    },
  ],
  'condition-of-ecs-runtask': [
    'workflows',
    (t) => {
      statement(t, 'RunTasks').Condition = {};
    },
  ],
  'condition-of-ecs-stoptask': [
    'workflows',
    (t) => {
      statement(t, 'FollowTasks').Condition = {};
    },
  ],
  'condition-of-ecs-listtasks': [
    'workflows',
    (t) => {
      statement(t, 'ListTasks').Condition = {};
    },
  ],
  'condition-of-ecs-tagresource': [
    'workflows',
    (t) => {
      statement(t, 'TagLaunches').Condition.StringEquals['ecs:CreateAction'] = 'CreateService';
    },
  ],
  'condition-of-s3-listbucket': [
    'tasks',
    (t) => {
      statement(t, 'ListEvidence').Condition.StringLike['s3:prefix'] = '*';
    },
  ],
  'owners-password-is-the-writers': [
    'tasks',
    (t) => {
      statement(t, 'ReadOwnSecrets').Action = 'secretsmanager:GetSecretValue';
    },
  ],
  'key-decrypts-for-its-own': [
    'tasks',
    (t) => {
      statement(t, 'DecryptOwnSecrets').Condition = {};
    },
  ],
  'only-migrate-reads-the-owner': [
    'tasks',
    (t) =>
      void propertiesOf(t, 'AWS::IAM::Role', /TaskprobeExecution/).Policies[0].PolicyDocument.Statement.push({
        Effect: 'Allow',
        Action: 'ssm:GetParameters',
        Resource: 'arn:aws:ssm:eu-west-2:111122223333:parameter/fraud-platform/dev-min/database/master/dsn',
      }),
  ],
  'roles-trust-one-service': [
    'tasks',
    (t) => {
      propertiesOf(t, 'AWS::IAM::Role').AssumeRolePolicyDocument.Statement[0].Principal = { AWS: '*' };
    },
  ],
  'buckets-are-closed': [
    'foundation',
    (t) => {
      propertiesOf(t, 'AWS::S3::Bucket').PublicAccessBlockConfiguration.BlockPublicPolicy = false;
    },
  ],
  'buckets-are-encrypted': [
    'foundation',
    (t) => {
      delete propertiesOf(t, 'AWS::S3::Bucket').BucketEncryption;
    },
  ],
  'buckets-speak-tls': [
    'foundation',
    (t) => {
      const policy = propertiesOf(t, 'AWS::S3::BucketPolicy').PolicyDocument;
      policy.Statement = policy.Statement.filter(
        ({ Condition }: Anything) => Condition?.Bool?.['aws:SecureTransport'] === undefined,
      );
    },
  ],
  'evidence-is-written-once': [
    'foundation',
    (t) => {
      statement(t, 'WriteOnce').Condition.Null['s3:if-none-match'] = 'false';
    },
  ],
  'evidence-stays': [
    'foundation',
    (t) => {
      statement(t, 'NeverRemove').Action = 's3:DeleteBucket';
    },
  ],
  'records-are-the-recorders': [
    'foundation',
    (t) => {
      statement(t, 'OnlyTheRecorderRecords').Resource.pop();
    },
  ],
  'data-outlives-its-stack': [
    'foundation',
    (t) => {
      resource(t, 'AWS::KMS::Key').DeletionPolicy = 'Retain';
    },
  ],
  'evidence-is-closed-last': [
    'foundation',
    (t) => {
      const all = Object.entries(t.Resources);
      const [budget] = all.find(([, { Type }]) => Type === 'AWS::Budgets::Budget') ?? [];
      for (const [, policy] of all) {
        if (Array.isArray(policy.DependsOn))
          policy.DependsOn = policy.DependsOn.filter((id) => id !== budget);
      }
    },
  ],
  'logs-end': [
    'tasks',
    (t) => {
      delete propertiesOf(t, 'AWS::Logs::LogGroup').RetentionInDays;
    },
  ],
  'keys-rotate': [
    'foundation',
    (t) => {
      propertiesOf(t, 'AWS::KMS::Key').EnableKeyRotation = false;
    },
  ],
  'images-stay-what-they-are': [
    'foundation',
    (t) => {
      propertiesOf(t, 'AWS::ECR::Repository').ImageTagMutability = 'MUTABLE';
    },
  ],
  'database-is-private': [
    'database',
    (t) => {
      propertiesOf(t, 'AWS::RDS::DBParameterGroup').Parameters['rds.force_ssl'] = '0';
    },
  ],
  'no-secret-resource': [
    'database',
    (t) => add(t, 'AWS::SSM::Parameter', { Type: 'String', Value: 'postgresql://…' }),
  ],
  'let-in-by-group': [
    'network',
    (t) => {
      const rule = propertiesOf(t, 'AWS::EC2::SecurityGroupIngress');
      delete rule.SourceSecurityGroupId;
      rule.CidrIp = '0.0.0.0/0';
    },
  ],
  'services-are-for-lanes': [
    'network',
    (t) => {
      const rule = propertiesOf(t, 'AWS::EC2::SecurityGroupIngress');
      rule.SourceSecurityGroupId = { 'Fn::GetAtt': ['RulesTasks', 'GroupId'] };
    },
  ],
  'egress-is-named': [
    'network',
    (t) => {
      propertiesOf(t, 'AWS::EC2::SecurityGroup').SecurityGroupEgress = [];
    },
  ],
  'no-nat': ['network', (t) => add(t, 'AWS::EC2::NatGateway')],
  'functions-stay-outside': [
    'workflows',
    (t) => {
      propertiesOf(t, 'AWS::Lambda::Function').VpcConfig = { SubnetIds: ['subnet-1'] };
    },
  ],
  'names-change-quickly': [
    'tasks',
    (t) => {
      propertiesOf(t, 'AWS::ServiceDiscovery::Service').DnsConfig.DnsRecords[0].TTL = 60;
    },
  ],
  'subnets-give-no-addresses': [
    'network',
    (t) => {
      propertiesOf(t, 'AWS::EC2::Subnet').MapPublicIpOnLaunch = true;
    },
  ],
  'database-subnets-lead-nowhere': [
    'network',
    (t) => {
      propertiesOf(t, 'AWS::EC2::Route').RouteTableId = { Ref: 'NetworkDatabaseRoutes' };
    },
  ],
  'machines-keep-to-the-subset': [
    'workflows',
    (t) => {
      const properties = propertiesOf(t, 'AWS::StepFunctions::StateMachine', /oneshot/);
      properties.DefinitionString = JSON.stringify({
        StartAt: 'Run',
        States: { Run: { Type: 'Task', Resource: 'x', End: true } },
      });
    },
  ],
  'machines-log-no-data': [
    'workflows',
    (t) => {
      propertiesOf(t, 'AWS::StepFunctions::StateMachine').LoggingConfiguration.IncludeExecutionData = true;
    },
  ],
  'events-are-not-lost': [
    'workflows',
    (t) => {
      delete propertiesOf(t, 'AWS::Events::Rule', /StoppedTasks/).Targets[0].DeadLetterConfig;
    },
  ],
  'references-are-strong': [
    'tasks',
    (t) => add(t, 'AWS::EC2::Subnet', { MapPublicIpOnLaunch: false, VpcId: { 'Fn::GetStackOutput': {} } }),
  ],
};

test('every law has a way of breaking it, and no other is shown', () => {
  assert.deepEqual(Object.keys(breaks).sort(), templateLaws.map(({ name }) => name).sort());
});

for (const law of templateLaws) {
  test(`${law.name}: kept by every stack, and found broken when it is`, () => {
    for (const template of [...templates.values(), ...privateTemplates.values()]) {
      assert.deepEqual(law.check(template), []);
    }
    const [stack, breakIt] = breaks[law.name] ?? assert.fail('no break');
    const broken = structuredClone(templates.get(stack) ?? assert.fail(stack));
    breakIt(broken);
    const [finding, ...others] = law.check(broken);
    assert.ok(finding !== undefined, `${law.name} does not see it`);
    assert.ok(finding.logicalId in broken.Resources);
    assert.notEqual(finding.message, '');
    assert.ok(others.length <= 4, 'one break is not found everywhere');
  });
}
