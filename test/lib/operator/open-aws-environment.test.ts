import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { bucketName } from '../../../config/names.ts';
import { asCloudFailure } from '../../../lib/operator/cloud-failure.ts';
import { type AwsPlace, openAwsEnvironment } from '../../../lib/operator/open-aws-environment.ts';
import { resolveTaskDefinition } from '../../../lib/operator/resolve-task-definition.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { type FakeS3, startFakeS3 } from '../../fakes/s3/fake-s3.ts';
import { callerIdentity } from '../../support/aws-environment.ts';
import { awsError, type FakeAnswer, type FakeAws, startFakeAws } from '../../support/fake-aws.ts';
import { s3Variables } from '../../support/s3-environment.ts';

const account = '123456789012';
const place: AwsPlace = { name: 'dev-min', account: null, region: 'eu-west-2' };

let s3: FakeS3;
let sts: FakeAws;
let mirror: string;
let answer: FakeAnswer;
let permitted = true;
before(async () => {
  mirror = await mkdtemp(join(tmpdir(), 'mirror-'));
  s3 = await startFakeS3({
    buckets: [
      { name: bucketName('dev-min', account, 'evidence') },
      { name: bucketName('moved', account, 'evidence'), region: 'us-east-1' },
    ],
    permits: () => permitted,
  });
  sts = await startFakeAws({ GetCallerIdentity: () => answer });
  Object.assign(process.env, s3Variables(s3), { AWS_ENDPOINT_URL_STS: sts.url });
});
after(async () => {
  await s3.close();
  await sts.close();
  await rm(mirror, { recursive: true });
});
beforeEach(() => {
  permitted = true;
  answer = callerIdentity(account);
});

const stsError = (code: string, status: number): FakeAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>the fake says ${code}</Message></Error></ErrorResponse>`,
});
const open = (wanted: Partial<AwsPlace> = {}) =>
  openAwsEnvironment({ ...place, ...wanted }, mirror, AbortSignal.timeout(60_000));

async function refusal(opening: Promise<unknown>) {
  const error = await opening.then(
    () => assert.fail('it opened'),
    (thrown: unknown) => thrown,
  );
  assert.ok(isPlatformError(error), String(error));
  const { code, message, remedy } = error.failure;
  assert.ok(!message.includes('\n') && remedy.length > 10, 'one line, and a remedy');
  return { code, exitCode: error.exitCode, message, remedy };
}

test('it opens with the account of the credentials, and nothing is written anywhere', async () => {
  const environment = await open();
  environment.clients.close();
  assert.deepEqual([environment.account, environment.region], [account, 'eu-west-2']);
  assert.deepEqual(s3.bucket(bucketName('dev-min', account, 'evidence')).versions, []);
  assert.deepEqual(await readdir(mirror), []);
});

const answers: readonly [string, FakeAnswer, string, number, RegExp][] = [
  [
    'credentials that AWS does not know',
    stsError('InvalidClientTokenId', 403),
    'AWS_CREDENTIALS_UNKNOWN',
    77,
    /AWS_PROFILE/,
  ],
  ['a token that has expired', stsError('ExpiredToken', 403), 'AWS_CREDENTIALS_EXPIRED', 77, /aws sso login/],
  ['a role that may not', stsError('AccessDenied', 403), 'AWS_ACCESS_DENIED', 77, /role/],
  ['a clock that is wrong', stsError('RequestTimeTooSkewed', 403), 'CLOCK_WRONG', 77, /clock/],
  ['a service that fails', stsError('InternalFailure', 500), 'CLOUD_UNREACHABLE', 75, /run again/],
];
for (const [what, says, code, exitCode, remedy] of answers) {
  test(`${what}: ${code}`, async () => {
    answer = says;
    const refused = await refusal(open());
    assert.deepEqual([refused.code, refused.exitCode], [code, exitCode]);
    assert.match(refused.remedy, remedy);
  });
}

test('an AWS that nobody answers for: CLOUD_UNREACHABLE', async () => {
  process.env.AWS_ENDPOINT_URL_STS = 'http://127.0.0.1:1';
  try {
    const refused = await refusal(open());
    assert.deepEqual([refused.code, refused.exitCode], ['CLOUD_UNREACHABLE', 75]);
  } finally {
    process.env.AWS_ENDPOINT_URL_STS = sts.url;
  }
});

test('an account that is not that of the file is refused before the evidence store is asked', async () => {
  const from = s3.calls.length;
  const refused = await refusal(open({ account: '210987654321' }));
  assert.deepEqual([refused.code, refused.exitCode], ['ACCOUNT_FOREIGN', 77]);
  assert.match(refused.message, /210987654321/);
  assert.equal(s3.calls.length, from);
});

test('a bucket that is missing, in another region, or forbidden', async () => {
  assert.equal((await refusal(open({ name: 'nowhere' }))).code, 'EVIDENCE_BUCKET_MISSING');
  assert.equal((await refusal(open({ name: 'moved' }))).code, 'EVIDENCE_BUCKET_ELSEWHERE');
  permitted = false;
  assert.equal((await refusal(open())).code, 'EVIDENCE_STORE_NOT_PERMITTED');
});

test('a state machine that is not there: the workflow is not deployed', async () => {
  const states = await startFakeAws({ 'AWSStepFunctions.': () => awsError('StateMachineDoesNotExist') });
  const client = new SFNClient({ region: 'eu-west-2', endpoint: states.url });
  try {
    const start = client
      .send(new StartExecutionCommand({ stateMachineArn: 'arn:aws:states:eu-west-2:1:stateMachine:none' }))
      .catch((error: unknown) => {
        throw asCloudFailure(error);
      });
    const refused = await refusal(start);
    assert.deepEqual([refused.code, refused.exitCode], ['WORKFLOW_NOT_DEPLOYED', 64]);
  } finally {
    client.destroy();
    await states.close();
  }
});

test('a task without a definition is not deployed there, and the refusal says where', async () => {
  const ecs = await startFakeAws({ AmazonEC2ContainerServiceV: () => awsError('ClientException') });
  process.env.AWS_ENDPOINT_URL_ECS = ecs.url;
  const environment = await open();
  try {
    const refused = await refusal(resolveTaskDefinition(environment, 'probe', AbortSignal.timeout(60_000)));
    assert.deepEqual([refused.code, refused.exitCode], ['TASK_NOT_DEPLOYED', 64]);
    assert.match(refused.message, /123456789012, eu-west-2/);
  } finally {
    environment.clients.close();
    await ecs.close();
  }
});

test('what is no error of AWS stays what it is', () => {
  for (const error of [
    new TypeError('a defect'),
    Object.assign(new Error('PostgreSQL'), { code: 'ECONNREFUSED' }),
  ]) {
    assert.equal(asCloudFailure(error), error);
  }
});
