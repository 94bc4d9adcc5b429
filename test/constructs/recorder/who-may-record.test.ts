import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionName, launchPrefix, runControlPrefix, runScopedPrefix } from '../../../config/names.ts';
import { executionIdSchema, launchKeyOf, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { isAllowed } from '../../support/template/account-policies.ts';
import { deployFromTemplates, templateEnvironment } from '../../support/template/deployed-environment.ts';

const deployed = deployFromTemplates();
const roleArn = (name: string) => `arn:aws:iam::${deployed.places.account}:role/${name}`;
const operator = roleArn('operator');
const everything = {
  sid: '',
  effect: 'Allow',
  actions: ['*'],
  resources: ['*'],
  principals: [],
  conditions: {},
} as const;
const policies = {
  ...deployed.policies,
  roles: new Map([...deployed.policies.roles, [operator, [everything]]]),
};
const mayPut = (principal: string, key: string) =>
  isAllowed(policies, {
    principal,
    action: 's3:PutObject',
    resource: `arn:aws:s3:::${deployed.evidenceBucket}/${key}`,
    context: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', 's3:if-none-match': '*' },
  }).allowed;

const executionId = executionIdSchema.parse('m10_20260221T020923Z');
const launch = launchPrefix(templateEnvironment, launchKeyOf(executionId, 'Lane', 3));
const runControl = runControlPrefix(templateEnvironment, executionId);
const records = [`${launch}task-record.json`, `${runControl}execution-record.json`];
const taskRoles = [...deployed.definitions.values()].map(({ taskRoleArn }) => taskRoleArn);

test('nobody but the recorder may put a record, whatever he was granted', () => {
  const recorder = roleArn(functionName(templateEnvironment, 'recorder'));
  const others = [...policies.roles.keys()].filter((role) => role !== recorder);
  assert.ok(taskRoles.length > 5 && taskRoles.every((role) => others.includes(role)));
  for (const key of records) {
    assert.ok(mayPut(recorder, key), key);
    assert.deepEqual(
      others.filter((role) => mayPut(role, key)),
      [],
      key,
    );
  }
});

test('a task leaves its word, and an operator seals copies of records, as before', () => {
  for (const role of taskRoles.filter((one) => !one.includes('-gate-'))) {
    assert.ok(mayPut(role, `${launch}started.json`) && mayPut(role, `${launch}result.json`), role);
  }
  const runId = runIdSchema.parse('platform_20260221T020000Z');
  for (const root of [runControl, runScopedPrefix(runId, executionId)]) {
    const bag = `${root}bundles/${'a'.repeat(64)}/${'b'.repeat(16)}/data/`;
    assert.ok(mayPut(operator, `${bag}launches/Lane/3/task-record.json`), bag);
    assert.ok(mayPut(operator, `${bag}execution-record.json`), bag);
  }
});
