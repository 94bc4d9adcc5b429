import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { parseDsn } from '../../../lib/database/dsn.ts';
import {
  awsError,
  type FakeAws,
  type LoadedHandler,
  loadHandler,
  startFakeAws,
} from '../../support/fake-aws.ts';
import { askedActions, grantedActions } from '../../support/granted-actions.ts';

type Version = { readonly Version: number; readonly Value: string; readonly Description: string };
const parameters = new Map<string, Version[]>();
const keys = new Set<unknown>();
let ownersPassword = 'owner-1';
let fake: FakeAws;
let writer: LoadedHandler;
const answers: unknown[] = [];

const putSchema = z.object({
  Name: z.string(),
  Value: z.string(),
  Description: z.string(),
  Type: z.literal('SecureString'),
  KeyId: z.string(),
  Overwrite: z.literal(true),
});
const nameSchema = z.object({ Name: z.string() });

before(async () => {
  fake = await startFakeAws({
    'AmazonSSM.GetParameterHistory': ({ body }) => {
      const found = parameters.get(nameSchema.parse(body).Name);
      return found === undefined ? awsError('ParameterNotFound') : { body: { Parameters: found } };
    },
    'AmazonSSM.PutParameter': ({ body }) => {
      const { Name, Value, Description, KeyId } = putSchema.parse(body);
      keys.add(KeyId);
      const versions = parameters.get(Name) ?? [];
      parameters.set(Name, [...versions, { Version: versions.length + 1, Value, Description }]);
      return { body: { Version: versions.length + 1 } };
    },
    'AmazonSSM.DeleteParameter': ({ body }) =>
      parameters.delete(nameSchema.parse(body).Name) ? { body: {} } : awsError('ParameterNotFound'),
    'secretsmanager.GetSecretValue': () => ({
      body: { SecretString: JSON.stringify({ username: 'fraud_master', password: ownersPassword }) },
    }),
    'PUT /answer': ({ body }) => {
      answers.push(JSON.parse(String(body)));
      return { body: '' };
    },
  });
  writer = loadHandler('lib/constructs/secrets/secret-writer-handler.ts', fake, {
    SECRETS_KEY: 'arn:aws:kms:eu-west-2:111122223333:key/k',
  });
});
beforeEach(() => {
  parameters.clear();
  answers.length = 0;
  fake.calls.length = 0;
  fake.faults.length = 0;
});
after(() => fake.close());

const name = '/fraud-platform/dev-min/database/probe/dsn';
const properties = {
  ServiceToken: 'arn:aws:lambda:eu-west-2:111122223333:function:writer',
  ServiceTimeout: '600',
  kind: 'login-dsn',
  name,
  role: 'fraud_probe',
  host: 'db.internal',
  port: '5432',
  database: 'fraud_platform',
  rotation: '1',
};
const request = (RequestType: string, changes: object = {}, more: object = {}) => ({
  RequestType,
  StackId: 'stack',
  RequestId: 'request-1',
  LogicalResourceId: 'ProbeDsn',
  ResponseURL: `${fake.url}/answer?signature=1`,
  ResourceType: 'Custom::Secret',
  ...(RequestType === 'Create' ? {} : { PhysicalResourceId: name }),
  ResourceProperties: { ...properties, ...changes },
  ...more,
});
const current = (of = name) => parameters.get(of)?.at(-1)?.Value ?? '';
const answerSchema = z.object({
  Status: z.string(),
  PhysicalResourceId: z.string(),
  NoEcho: z.literal(true),
  Reason: z.string().optional(),
  Data: z.object({ Name: z.string(), Version: z.number() }).partial().optional(),
});
const lastAnswer = () => answerSchema.parse(answers.at(-1));

/** Runs the handler; nothing that it writes, answers or logs may hold a value of any secret. */
async function run(event: unknown): Promise<void> {
  const failure = await writer.handle(event).then(
    () => undefined,
    (error: unknown) => error,
  );
  const said = `${writer.said()}${String(failure)}`;
  const values = [...parameters.values()].flat().map(({ Value }) => Value);
  const passwords = values.flatMap((value) =>
    value.startsWith('postgresql') ? [parseDsn(value, 'x').password()] : [],
  );
  const shown = said + JSON.stringify(answers);
  for (const secret of [...values, ...passwords, ownersPassword]) assert.ok(!shown.includes(secret));
  if (failure !== undefined) throw failure;
}

test('create: a DSN with a drawn password, under the environment’s key; the answer has name and version', async () => {
  await run(request('Create'));
  const dsn = parseDsn(current(), 'test');
  assert.equal(dsn.describe(), 'fraud_probe@db.internal:5432/fraud_platform');
  assert.ok(dsn.password().length >= 64);
  assert.deepEqual([...keys], ['arn:aws:kms:eu-west-2:111122223333:key/k']);
  const { Status, PhysicalResourceId, Data } = lastAnswer();
  assert.deepEqual([Status, PhysicalResourceId, Data], ['SUCCESS', name, { Name: name, Version: 1 }]);
});

test('the same request again, as after a lost answer of ours, changes nothing', async () => {
  await run(request('Create'));
  const first = current();
  await run(request('Create'));
  assert.equal(current(), first);
  assert.equal(parameters.get(name)?.length, 1);
  assert.equal(lastAnswer().Data?.Version, 1);
});

test('a put whose answer was lost is tried again, and one password remains', async () => {
  fake.faults.push({ operation: 'AmazonSSM.PutParameter', kind: 'lost' });
  await run(request('Create'));
  const passwords = (parameters.get(name) ?? []).map(({ Value }) => parseDsn(Value, 'x').password());
  assert.equal(passwords.length, 2);
  assert.equal(new Set(passwords).size, 1);
  assert.equal(lastAnswer().Data?.Version, 2);
});

test('throttling is waited out', async () => {
  for (const operation of [
    'AmazonSSM.GetParameterHistory',
    'AmazonSSM.PutParameter',
    'AmazonSSM.PutParameter',
  ]) {
    fake.faults.push({ operation, kind: 'throttled' });
  }
  await run(request('Create'));
  assert.equal(lastAnswer().Status, 'SUCCESS');
  assert.equal(parameters.get(name)?.length, 1);
});

test('an answer that CloudFormation did not take is given again', async () => {
  fake.faults.push({ operation: 'PUT /answer', kind: 'throttled' });
  fake.faults.push({ operation: 'PUT /answer', kind: 'lost' });
  await run(request('Create'));
  assert.equal(lastAnswer().Status, 'SUCCESS');
  assert.equal(parameters.get(name)?.length, 1);
});

test('update: a moved server keeps the password, a rotation draws one, a rollback brings the old one back', async () => {
  await run(request('Create'));
  const first = parseDsn(current(), 'x');
  await run(request('Update', { host: 'other.internal' }));
  const moved = parseDsn(current(), 'x');
  assert.deepEqual([moved.host, moved.password()], ['other.internal', first.password()]);
  await run(request('Update', { host: 'other.internal', rotation: '2' }));
  assert.notEqual(parseDsn(current(), 'x').password(), first.password());
  await run(request('Update', { rotation: '1' }));
  assert.equal(current(), first.reveal());
});

test('a changed name is a new parameter; the old one is CloudFormation’s to delete', async () => {
  await run(request('Create'));
  await run(request('Update', { name: '/fraud-platform/dev-min/database/probe2/dsn' }));
  assert.equal(lastAnswer().PhysicalResourceId, '/fraud-platform/dev-min/database/probe2/dsn');
  assert.equal(parameters.size, 2);
  await run(request('Delete'));
  assert.deepEqual([...parameters.keys()], ['/fraud-platform/dev-min/database/probe2/dsn']);
});

test('delete: also of what is gone, with a lost answer, and of a creation that never began', async () => {
  await run(request('Create'));
  fake.faults.push({ operation: 'AmazonSSM.DeleteParameter', kind: 'lost' });
  await run(request('Delete'));
  assert.equal(parameters.size, 0);
  assert.equal(lastAnswer().Status, 'SUCCESS');
  fake.calls.length = 0;
  await run(request('Delete', {}, { PhysicalResourceId: 'refused' }));
  assert.equal(lastAnswer().Status, 'SUCCESS');
  assert.ok(fake.calls.every(({ operation }) => !operation.includes('DeleteParameter')));
});

test('what is denied fails the request, with the kind of error and no more', async () => {
  fake.faults.push({ operation: 'AmazonSSM.PutParameter', kind: 'denied' });
  await run(request('Create'));
  const { Status, Reason } = lastAnswer();
  assert.equal(Status, 'FAILED');
  assert.match(Reason ?? '', /^AccessDenied/);
  assert.ok(!Reason?.includes('the fake says'));
});

test('malformed properties fail the request before anything is asked for', async () => {
  await run(request('Create', { role: '', more: 'x' }));
  assert.equal(lastAnswer().Status, 'FAILED');
  assert.match(lastAnswer().Reason ?? '', /malformed/);
  assert.ok(fake.calls.every(({ operation }) => !operation.startsWith('AmazonSSM')));
});

test('the schedule: the owner’s DSN follows RDS, and is written only when it changed', async () => {
  const master = {
    kind: 'master-dsn',
    name: '/fraud-platform/dev-min/database/master/dsn',
    role: 'fraud_master',
    host: 'db.internal',
    port: '5432',
    database: 'fraud_platform',
    masterSecret: 'arn:aws:secretsmanager:eu-west-2:111122223333:secret:rds',
    rotation: 1,
  };
  await run({ refresh: [master] });
  await run({ refresh: [master] });
  assert.equal(parameters.get(master.name)?.length, 1);
  ownersPassword = 'owner-2 with:signs/';
  await run({ refresh: [master] });
  assert.equal(parseDsn(current(master.name), 'x').password(), ownersPassword);
  fake.faults.push({ operation: 'secretsmanager.GetSecretValue', kind: 'denied' });
  // The handler is a bundle with a class of failures of its own.
  await assert.rejects(() => run({ refresh: [master] }), {
    message: /was not refreshed: AccessDenied/,
    failure: {
      exit: 'transient',
      code: 'SECRET_NOT_REFRESHED',
      message: `${master.name} was not refreshed: AccessDeniedException`,
      where: master.name,
      remedy: 'Nothing: the schedule asks again.',
    },
  });
});

test('its role allows what it asked for above, and nothing more', () => {
  assert.deepEqual(askedActions(fake), grantedActions('secret-writer'));
});
