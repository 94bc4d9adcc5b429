import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findContract } from '../../lib/task-contracts/catalogue.ts';
import { gateContract } from '../../lib/task-contracts/gate.ts';
import { templateEnvironment } from '../support/template/deployed-environment.ts';
import {
  assertEachGrantNamed,
  assertRefusedWithout,
  assertRefusedWithoutSecret,
  roleOf,
} from '../support/template/refusals.ts';
import { familyOf } from '../support/template/template-cloud.ts';
import { useTemplateCloud } from '../support/template/use-template-cloud.ts';

// The chain of the data engine, and every grant and secret, are in test/full/from-template.test.ts.
const { deployed, authority, cloud } = useTemplateCloud();

test('every definition starts its own task, with what the contract asks for by name', () => {
  for (const [family, { containerDefinitions }] of deployed.definitions) {
    const [{ command, environment, secrets }] = containerDefinitions;
    const [task = ''] = command;
    const contract = findContract(task) ?? gateContract;
    assert.deepEqual([family, command.length], [familyOf(contract.name), 1]);
    assert.deepEqual(secrets.map(({ name }) => name).sort(), Object.keys(contract.secrets).sort());
    const names = environment.map(({ name }) => name);
    for (const setting of Object.keys(contract.settings)) assert.ok(names.includes(setting), setting);
    for (const { valueFrom } of secrets) {
      const made = deployed.parameters.some((name) => valueFrom.endsWith(`:parameter${name}`));
      assert.ok(made, `${valueFrom} is a parameter that the environment makes`);
    }
  }
});

test('from the templates alone the database is migrated and the environment is alive', async () => {
  for (const task of ['migrate', 'probe']) {
    const { exitCode, stdout, stderr } = await cloud().fraudctl('--json', 'task', 'run', task);
    assert.equal(exitCode, 0, stdout + stderr);
    assert.equal(JSON.parse(stdout).environment, templateEnvironment);
  }
});

test('each grant that they used: without it, refused by its name', () => {
  const { needed, unneeded } = assertEachGrantNamed(deployed, authority);
  assert.ok(needed > 50, `${needed} grants`);
  // For what did not happen: a stop, and an update of the machine.
  assert.deepEqual(unneeded, [
    'fraud-platform-dev-min-one-shot-workflow FollowTasks ecs:StopTask',
    'fraud-platform-dev-min-one-shot-workflow DeliverLogs logs:DeleteLogDelivery',
    'fraud-platform-dev-min-one-shot-workflow DeliverLogs logs:UpdateLogDelivery',
  ]);
});

test('roles are those of this account’s tasks and machines, and of nobody else', () => {
  const role = roleOf(deployed, 'probe-task');
  const { account, region } = deployed.places;
  const task = (owner: string) => `arn:aws:ecs:${region}:${owner}:task/cluster/1`;
  assert.equal(authority.untrusted(role, 'ecs-tasks.amazonaws.com', task(account)), undefined);
  for (const [service, source] of [
    ['ecs-tasks.amazonaws.com', task('999999999999')],
    ['lambda.amazonaws.com', task(account)],
  ] as const) {
    assert.match(
      authority.untrusted(role, service, source) ?? '',
      /not authorized to perform: sts:AssumeRole/,
    );
  }
});

const probe = ['task', 'run', 'probe'];

test('the product says which grant and which secret is missing', async () => {
  await assertRefusedWithoutSecret(cloud(), '/fraud-platform/dev-min/gate/api-key', probe);
  const role = roleOf(deployed, 'probe-task');
  const removal = { role, sid: 'UseDataKey', action: 'kms:GenerateDataKey' };
  await assertRefusedWithout(cloud(), deployed, authority, removal, probe);
});
