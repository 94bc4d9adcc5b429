import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretParameterName } from '../../config/names.ts';
import { migrateContract } from '../../lib/task-contracts/migrate.ts';
import { probeContract } from '../../lib/task-contracts/probe.ts';
import { queryContract } from '../../lib/task-contracts/query.ts';
import { templateEnvironment } from '../support/template/deployed-environment.ts';
import {
  assertEachGrantNamed,
  assertRefusedWithout,
  assertRefusedWithoutSecret,
  roleOf,
} from '../support/template/refusals.ts';
import { useTemplateCloud } from '../support/template/use-template-cloud.ts';

const { deployed, authority, cloud } = useTemplateCloud();

const segmentRun = ['segment', 'run', '--scale', '12', '--seed', '5', '--scenario', 'baseline_v1'];
const probe = ['task', 'run', 'probe'];
const migrate = ['task', 'run', 'migrate'];
const question = ['query', 'schema_status'];

test('from the templates alone: migration, probe, question, and the small chain of the data engine', async () => {
  for (const command of [migrate, probe, question, segmentRun]) {
    const { exitCode, stdout, stderr } = await cloud().fraudctl('--json', ...command);
    assert.equal(exitCode, 0, stdout + stderr);
    const told = JSON.parse(stdout);
    assert.equal(told.environment, templateEnvironment);
    if (command === segmentRun) {
      assert.equal(told.verdict, 'PASS');
      const checks: readonly unknown[] = Object.values(told.segment.checks);
      assert.ok(checks.length >= 30 && checks.every((status) => status === 'PASS'));
      assert.ok(told.segment.run_folder.startsWith(`s3://${deployed.lakeBucket}/lake/runs/`));
    }
  }
});

test('each grant that the chain used: without it, refused by its name', () => {
  const { needed, unneeded } = assertEachGrantNamed(deployed, authority);
  assert.ok(needed > 90, `${needed} grants`);
  assert.deepEqual(
    [...unneeded].sort(),
    ['one-shot', 'segment-5a']
      .flatMap((machine) => [
        `fraud-platform-dev-min-${machine}-workflow DeliverLogs logs:DeleteLogDelivery`,
        `fraud-platform-dev-min-${machine}-workflow DeliverLogs logs:UpdateLogDelivery`,
        `fraud-platform-dev-min-${machine}-workflow FollowTasks ecs:StopTask`,
      ])
      .sort(),
  );
  const recorder = roleOf(deployed, 'recorder');
  const records = authority.asked().filter(({ principal }) => principal === recorder);
  const asked = new Set(records.map(({ action }) => action));
  assert.ok(asked.has('s3:PutObject') && asked.has('kms:GenerateDataKey'), [...asked].join(', '));
});

for (const [contract, command] of [
  [migrateContract, migrate],
  [probeContract, probe],
  [queryContract, question],
] as const) {
  for (const [variable, { path }] of Object.entries(contract.secrets)) {
    test(`${contract.name} without the parameter of ${variable}: refused by its name, before anything started`, () =>
      assertRefusedWithoutSecret(cloud(), secretParameterName(templateEnvironment, path), command));

    test(`${contract.name} may not read the parameter of ${variable}: refused by its name`, async () => {
      const name = secretParameterName(templateEnvironment, path);
      const role = roleOf(deployed, `${contract.name}-execution`);
      const statement = deployed.policies.roles.get(role)?.find(({ sid }) => sid === 'ReadOwnSecrets');
      const resource = statement?.resources.find((one) => one.endsWith(`:parameter${name}`));
      assert.ok(resource !== undefined, `${contract.name} may read ${name}`);
      const only = statement?.resources.length === 1 ? { action: 'ssm:GetParameters' } : { resource };
      const removal = { role, sid: 'ReadOwnSecrets', ...only };
      await assertRefusedWithout(cloud(), deployed, authority, removal, command);
    });
  }
}

const kinds: readonly (readonly [role: string, sid: string, action: string, command: readonly string[]])[] = [
  ['one-shot-workflow', 'RunTasks', 'ecs:RunTask', probe],
  ['one-shot-workflow', 'PassTaskRoles', 'iam:PassRole', probe],
  ['one-shot-workflow', 'TagLaunches', 'ecs:TagResource', probe],
  ['one-shot-workflow', 'FollowTasks', 'ecs:DescribeTasks', probe],
  ['one-shot-workflow', 'HearOfStoppedTasks', 'events:PutRule', probe],
  ['one-shot-workflow', 'DeliverLogs', 'logs:CreateLogDelivery', probe],
  ['probe-execution', 'LogInToRegistry', 'ecr:GetAuthorizationToken', probe],
  ['probe-execution', 'PullImage', 'ecr:BatchGetImage', probe],
  ['probe-execution', 'WriteLog', 'logs:CreateLogStream', probe],
  ['probe-execution', 'DecryptOwnSecrets', 'kms:Decrypt', probe],
  ['probe-task', 'WriteEvidence', 's3:PutObject', probe],
  ['probe-task', 'ReadEvidence', 's3:GetObject', probe],
  ['probe-task', 'ListEvidence', 's3:ListBucket', probe],
  ['probe-task', 'UseDataKey', 'kms:GenerateDataKey', probe],
  ['query-task', 'WriteEvidence', 's3:PutObject', question],
  ['segment-5a-workflow', 'RunTasks', 'ecs:RunTask', segmentRun],
  ['segment-5a-workflow', 'PassTaskRoles', 'iam:PassRole', segmentRun],
  ['segment-task', 'WriteLake', 's3:PutObject', segmentRun],
  ['segment-task', 'ReadLake', 's3:GetObject', segmentRun],
  ['segment-task', 'ListLake', 's3:ListBucket', segmentRun],
  ['segment-task', 'UseDataKey', 'kms:Decrypt', segmentRun],
];
for (const [role, sid, action, command] of kinds) {
  test(`${role} without ${action} (${sid}): the command says so`, () =>
    assertRefusedWithout(
      cloud(),
      deployed,
      authority,
      { role: roleOf(deployed, role), sid, action },
      command,
    ));
}
