import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  executionRoleName,
  functionName,
  healthCommand,
  secretParameterName,
  taskFamily,
  taskLogGroup,
  taskRoleName,
} from '../../config/names.ts';
import { secretWishSchema } from '../../lib/constructs/secrets/secret-wish.ts';
import { wantedSecrets } from '../../lib/constructs/secrets/wanted-secrets.ts';
import { type FoundStatement, statementsOf } from '../../lib/stacks/checks/policy-statements.ts';
import { listOf, memberOf, resourcesOfType, textOf } from '../../lib/stacks/checks/template.ts';
import { serviceContracts, taskContracts } from '../../lib/task-contracts/catalogue.ts';
import { platformVariables } from '../../lib/task-contracts/launch-environment.ts';
import { environmentNamed } from '../support/environments.ts';
import { synthesise } from '../support/synthesise.ts';

const environment = 'dev-min';
const templates = synthesise(environmentNamed(environment));
const tasks = templates.get('tasks') ?? assert.fail();
const contracts = [...taskContracts, ...serviceContracts];

const definitionOf = (task: string): unknown =>
  resourcesOfType(tasks, 'AWS::ECS::TaskDefinition').find(
    ([, { Properties }]) => Properties.Family === taskFamily(environment, task),
  )?.[1].Properties ?? assert.fail(task);
const containerOf = (task: string): unknown => memberOf(definitionOf(task), 'ContainerDefinitions', 0);
const roles = [...templates.values()].flatMap((template) =>
  resourcesOfType(template, 'AWS::IAM::Role').map(([logicalId, { Properties }]) => ({
    name: textOf(Properties.RoleName),
    statements: statementsOf(template).filter(
      (statement) => statement.logicalId === logicalId && statement.kind === 'role',
    ),
  })),
);
const grantsOf = (role: string): readonly FoundStatement[] =>
  roles.find(({ name }) => name === role)?.statements ?? assert.fail(role);
const granted = (role: string, action: string) =>
  grantsOf(role)
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources }) => resources);
const parameterIn = (arn: string) => arn.slice(arn.indexOf(':parameter') + ':parameter'.length);

test('every contract has one task definition, and nothing else has one', () => {
  assert.deepEqual(
    resourcesOfType(tasks, 'AWS::ECS::TaskDefinition')
      .map(([, { Properties }]) => Properties.Family)
      .sort(),
    contracts.map(({ name }) => taskFamily(environment, name)).sort(),
  );
});

for (const contract of contracts) {
  const { name } = contract;
  const secrets = Object.entries(contract.secrets).map(
    ([variable, { path }]) => `${variable} ${secretParameterName(environment, path)}`,
  );

  test(`${name}: is given the secrets of its contract, by parameter, and no other`, () => {
    const given = listOf(memberOf(containerOf(name), 'Secrets')).map(
      (secret) => `${textOf(memberOf(secret, 'Name'))} ${parameterIn(textOf(memberOf(secret, 'ValueFrom')))}`,
    );
    assert.deepEqual(given, secrets);
  });

  test(`${name}: has the settings of its contract and the platform’s variables, and no other`, () => {
    const given = listOf(memberOf(containerOf(name), 'Environment')).map((one) =>
      textOf(memberOf(one, 'Name')),
    );
    const allowed = new Set<string>([...Object.values(platformVariables), ...Object.keys(contract.settings)]);
    assert.deepEqual(
      given.filter((variable) => !allowed.has(variable)),
      [],
    );
    for (const setting of Object.keys(contract.settings)) assert.ok(given.includes(setting), setting);
  });

  test(`${name}: its execution role reads its own parameters, and decrypts nothing else`, () => {
    const role = executionRoleName(environment, name);
    const own = [...new Set(secrets.map((secret) => secret.split(' ')[1]))].sort();
    assert.deepEqual(granted(role, 'ssm:GetParameters').map(parameterIn), own);
    const [decrypt, ...more] = grantsOf(role).filter(({ actions }) => actions.includes('kms:Decrypt'));
    assert.equal(more.length, 0);
    assert.deepEqual(
      (decrypt?.conditions.get('StringEquals kms:EncryptionContext:PARAMETER_ARN') ?? []).map(parameterIn),
      own,
    );
    const actions = [...new Set(grantsOf(role).flatMap((statement) => statement.actions))].sort();
    assert.deepEqual(
      actions,
      [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:GetAuthorizationToken',
        'ecr:GetDownloadUrlForLayer',
        ...(own.length === 0 ? [] : ['kms:Decrypt']),
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        ...(own.length === 0 ? [] : ['ssm:GetParameters']),
      ].sort(),
    );
  });

  test(`${name}: its own role reaches its launches and the prefixes of its contract`, () => {
    const role = taskRoleName(environment, name);
    if (!('parameters' in contract)) return assert.deepEqual(grantsOf(role), []);
    const prefixes = (action: string) =>
      granted(role, action).map((resource) => resource.replace(/^\$\{[^}]*\}\//, ''));
    const runControl = `evidence/${environment}/run_control/*`;
    const star = (prefix: string) => `${prefix}*`;
    assert.deepEqual(
      prefixes('s3:PutObject').sort(),
      [
        `${runControl}/launches/*`,
        ...contract.evidence.writes.map(star),
        ...contract.lake.writes.map(star),
      ].sort(),
    );
    const reads = [
      runControl,
      ...[contract.evidence, contract.lake].flatMap(({ reads: read, writes }) =>
        [...read, ...writes].map(star),
      ),
    ];
    assert.deepEqual(prefixes('s3:GetObject').sort(), [...new Set(reads)].sort());
    const actions = [...new Set(grantsOf(role).flatMap((statement) => statement.actions))].sort();
    // What S3 asks of the key comes with reading and writing; the rest is the contract's list, word for word.
    assert.deepEqual(actions, ['kms:Decrypt', 'kms:GenerateDataKey', ...contract.actions]);
  });

  test(`${name}: its size is its contract’s`, () => {
    const definition = definitionOf(name);
    assert.equal(memberOf(definition, 'Cpu'), String(contract.size.cpu));
    assert.equal(memberOf(definition, 'Memory'), String(contract.size.memoryMiB));
    assert.deepEqual(memberOf(definition, 'EphemeralStorage'), { SizeInGiB: contract.size.ephemeralDiskGiB });
    assert.equal(memberOf(definition, 'RuntimePlatform', 'CpuArchitecture'), 'X86_64');
  });

  test(`${name}: its log stream can be derived, and a service asks itself whether it is well`, () => {
    const options = memberOf(containerOf(name), 'LogConfiguration', 'Options');
    assert.equal(memberOf(options, 'awslogs-group'), taskLogGroup(environment));
    assert.equal(memberOf(options, 'awslogs-stream-prefix'), name);
    const asked = memberOf(containerOf(name), 'HealthCheck', 'Command');
    assert.deepEqual(asked, 'port' in contract ? ['CMD', ...healthCommand] : undefined);
  });
}

test('nothing in the environment reads a secret but who starts its task, and the writer', () => {
  const readers = roles.filter(({ statements }) =>
    statements.some(
      ({ actions, resources }) =>
        actions.some((action) => action.startsWith('ssm:Get')) ||
        (actions.includes('kms:Decrypt') && resources.some((resource) => resource.includes('SecretsKey'))),
    ),
  );
  const expected = [
    functionName(environment, 'secret-writer'),
    ...contracts
      .filter(({ secrets }) => Object.keys(secrets).length > 0)
      .map(({ name }) => executionRoleName(environment, name)),
  ].sort();
  assert.deepEqual(readers.map(({ name }) => name).sort(), expected);
  const denial = statementsOf(templates.get('foundation') ?? assert.fail()).find(
    ({ sid }) => sid === 'OnlyWhoStartsOrWrites',
  );
  assert.deepEqual(
    denial?.conditions
      .get('ArnNotEquals aws:PrincipalArn')
      ?.map((arn) => arn.split(':role/')[1])
      .sort(),
    expected,
  );
});

test('every secret of every contract is drawn, and nothing else is', () => {
  const drawn = resourcesOfType(templates.get('database') ?? assert.fail(), 'Custom::Secret').map(
    ([, { Properties }]) => Properties.name,
  );
  const wanted = contracts.flatMap(({ secrets }) =>
    Object.values(secrets).map(({ path }) => secretParameterName(environment, path)),
  );
  assert.deepEqual(drawn.sort(), [...new Set(wanted)].sort());
});

test('what a template says about a secret is a wish that the writer understands, without a value', () => {
  for (const [, { Properties }] of resourcesOfType(
    templates.get('database') ?? assert.fail(),
    'Custom::Secret',
  )) {
    const { ServiceToken, ServiceTimeout, ...wish } = Properties;
    assert.ok(ServiceToken !== undefined && ServiceTimeout !== undefined);
    const asSent = Object.fromEntries(
      Object.entries(wish).map(([key, value]) => [key, key === 'port' ? '5432' : textOf(value)]),
    );
    secretWishSchema.parse(asSent);
  }
});

test('one path that means two things is a mistake of the contracts', () => {
  const [contract] = contracts;
  assert.ok(contract);
  const dsn = (role: string) => ({
    ...contract,
    secrets: { A_DSN: { kind: 'role-dsn' as const, purpose: '', path: 'database/a/dsn', role } },
  });
  assert.equal(wantedSecrets([dsn('fraud_a'), dsn('fraud_a')]).length, 1);
  assert.throws(() => wantedSecrets([dsn('fraud_a'), dsn('fraud_b')]), /database\/a\/dsn/);
});
