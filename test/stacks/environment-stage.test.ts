import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stackName } from '../../config/names.ts';
import { memberOf, resourcesOfType, textOf } from '../../lib/stacks/checks/template.ts';
import { environmentNamed, environments } from '../support/environments.ts';
import { synthesise, withStacks } from '../support/synthesise.ts';

const devMin = environmentNamed('dev-min');

test('stacks depend on each other in one order: what goes first at a teardown, nothing depends on', () => {
  const order = ['foundation', 'network', 'database', 'tasks', 'workflows', 'observability'];
  for (const settings of environments) {
    withStacks(settings, (stacks) => {
      assert.deepEqual([...stacks.keys()], order);
      assert.ok((stacks.get('workflows')?.dependencies.length ?? 0) >= 3);
      for (const [name, stack] of stacks) {
        for (const { node } of stack.dependencies) {
          assert.ok(order.indexOf(node.id) < order.indexOf(name), `${name} needs ${node.id}`);
        }
      }
    });
  }
});

test('stacks are called after product and environment; foundation cannot be deleted by mistake', () => {
  withStacks(devMin, (stacks) => {
    for (const [name, stack] of stacks) assert.equal(stack.stackName, stackName('dev-min', name));
    assert.deepEqual(
      [...stacks].filter(([, stack]) => stack.terminationProtection).map(([name]) => name),
      ['foundation'],
    );
  });
});

test('an account that is written down pins every stack to it', () => {
  withStacks({ ...devMin, account: '111122223333' }, (stacks) => {
    for (const stack of stacks.values()) {
      assert.equal(stack.account, '111122223333');
      assert.equal(stack.region, devMin.region);
    }
  });
});

test('a digest that is written down is in the template; without one, a deploy must give it', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const pinned = synthesise({ ...devMin, image: { digest } }).get('tasks') ?? assert.fail();
  assert.deepEqual(Object.keys(pinned.Parameters), ['BootstrapVersion']);
  const open = synthesise(devMin).get('tasks') ?? assert.fail();
  assert.equal(memberOf(open.Parameters.ImageDigest, 'Default'), undefined);
  for (const [template, end] of [
    [pinned, `@${digest}`],
    [open, `@${textOf({ Ref: 'ImageDigest' })}`],
  ] as const) {
    for (const [, { Properties }] of resourcesOfType(template, 'AWS::ECS::TaskDefinition')) {
      const container = memberOf(Properties, 'ContainerDefinitions', 0);
      assert.ok(textOf(memberOf(container, 'Image')).endsWith(end));
      const variables = memberOf(container, 'Environment');
      assert.ok(Array.isArray(variables));
      const told = variables.find((one) => memberOf(one, 'Name') === 'IMAGE_DIGEST');
      assert.equal(`@${textOf(memberOf(told, 'Value'))}`, end);
    }
  }
});

test('the same settings give the same templates', () => {
  for (const settings of environments) {
    assert.deepEqual([...synthesise(settings)], [...synthesise({ ...settings })]);
  }
});

test('a changed service is read again before it is written: the digest of its shape changes', () => {
  const shapeOf = (settings: typeof devMin) => {
    const template = synthesise(settings).get('tasks') ?? assert.fail();
    const [[, resource] = assert.fail()] = resourcesOfType(template, 'Custom::PresentCount');
    return resource.Properties.shape;
  };
  assert.equal(shapeOf(devMin), shapeOf({ ...devMin }));
  const isolated = { ...devMin, network: { ...devMin.network, mode: 'private' as const } };
  assert.notEqual(shapeOf(devMin), shapeOf(isolated));
});

test('a private network has endpoints and no way out; a public one has the way out and no price', () => {
  const network = (name: string) => synthesise(environmentNamed(name)).get('network') ?? assert.fail();
  const count = (name: string, type: string) => resourcesOfType(network(name), type).length;
  assert.equal(count('dev-min', 'AWS::EC2::InternetGateway'), 1);
  assert.equal(count('dev-min', 'AWS::EC2::VPCEndpoint'), 1);
  assert.equal(count('prod', 'AWS::EC2::InternetGateway'), 0);
  assert.equal(count('prod', 'AWS::EC2::Route'), 0);
  assert.deepEqual(
    resourcesOfType(network('prod'), 'AWS::EC2::VPCEndpoint')
      .map(([, { Properties }]) => textOf(Properties.ServiceName).replace('com.amazonaws.eu-west-2.', ''))
      .sort(),
    ['ecr.api', 'ecr.dkr', 'kms', 'logs', 's3', 'ssm'],
  );
});

test('production is careful, development is cheap', () => {
  const instance = (name: string) =>
    resourcesOfType(
      synthesise(environmentNamed(name)).get('database') ?? assert.fail(),
      'AWS::RDS::DBInstance',
    )[0]?.[1].Properties ?? assert.fail();
  const [prod, dev] = [instance('prod'), instance('dev-min')];
  assert.deepEqual([prod.MultiAZ, prod.DeletionProtection, prod.BackupRetentionPeriod], [true, true, 14]);
  assert.deepEqual([dev.DBInstanceClass, dev.MultiAZ, dev.StorageEncrypted], ['db.t4g.micro', false, true]);
  const evidence = resourcesOfType(
    synthesise(environmentNamed('prod')).get('foundation') ?? assert.fail(),
    'AWS::S3::Bucket',
  ).find(([, { Properties }]) => Properties.ObjectLockConfiguration !== undefined);
  assert.equal(
    memberOf(evidence?.[1].Properties, 'ObjectLockConfiguration', 'Rule', 'DefaultRetention', 'Days'),
    365,
  );
});

test('every alarm says what to do and tells the topic; a silent reaper is one', () => {
  const template = synthesise(devMin).get('observability') ?? assert.fail();
  const alarms = resourcesOfType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
  assert.ok(alarms.length <= 10, 'ten alarms are free');
  for (const alarm of alarms) {
    assert.match(textOf(alarm.AlarmDescription), /\. |: /);
    assert.ok(Array.isArray(alarm.AlarmActions) && alarm.AlarmActions.length === 1);
  }
  const silent = alarms.find(({ AlarmName }) => textOf(AlarmName).endsWith('reaper-silent'));
  assert.equal(silent?.TreatMissingData, 'breaching');
  assert.equal(resourcesOfType(template, 'AWS::CloudWatch::Dashboard').length, 1);
});

test('the database lets in tasks, lanes and services by their groups; its own group is in its own stack', () => {
  const template = synthesise(devMin).get('database') ?? assert.fail();
  const [[, group] = assert.fail(), ...others] = resourcesOfType(template, 'AWS::EC2::SecurityGroup');
  assert.equal(others.length, 0);
  const rules = group.Properties.SecurityGroupIngress;
  assert.ok(Array.isArray(rules));
  const sources = rules.map((rule) => textOf(memberOf(rule, 'SourceSecurityGroupId')));
  for (const name of ['RulesTasks', 'RulesLanes', 'RulesServicegate'])
    assert.equal(sources.filter((source) => source.includes(name)).length, 1, name);
  assert.equal(sources.length, 3);
  assert.ok(rules.every((rule) => memberOf(rule, 'FromPort') === 5432 && memberOf(rule, 'ToPort') === 5432));
});
