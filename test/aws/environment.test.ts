import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BudgetsClient, CreateBudgetCommand } from '@aws-sdk/client-budgets';
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { ListTagsForResourceCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import {
  bucketName,
  budgetName,
  databaseIdentifier,
  imageRepositoryName,
  stateMachineName,
} from '../../config/names.ts';
import { openS3Store } from '../../lib/evidence/stores/s3/open-s3-store.ts';
import { type PowerPlan, planStart, planStop } from '../../lib/operator/database-power/plan-power.ts';
import { carryOutPower } from '../../lib/operator/database-power/power-database.ts';
import { rdsSwitch } from '../../lib/operator/database-power/rds-switch.ts';
import { type AccountClients, connectAccount } from '../../lib/operator/doctor/account-clients.ts';
import { examineEnvironment, examineForDeploy } from '../../lib/operator/doctor/examine-account.ts';
import { ecrRegistry } from '../../lib/operator/image/ecr-registry.ts';
import { readLiveWork } from '../../lib/operator/live-work.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { environmentNamed } from '../support/environments.ts';
import { type FakeAws, loadHandler, startFakeAws } from '../support/fake-aws.ts';
import { synthesise } from '../support/synthesise.ts';
import { masterSecretName } from './adapt-template.ts';
import { type DeployedStack, type Deployment, startDeployment } from './deployment.ts';
import { type Moto, motoAccount, startMoto } from './moto.ts';

const settings = environmentNamed('dev-min');
const { name, region } = settings;
const templates = synthesise(settings);
const signal = new AbortController().signal;
const stacks = new Map<string, DeployedStack>();
let moto: Moto;
let deployment: Deployment;
let clients: AccountClients;
let answers: FakeAws;
let digest = '';
const said: unknown[] = [];

before(async () => {
  moto = await startMoto();
  answers = await startFakeAws({
    'PUT /answer': ({ body }) => {
      said.push(JSON.parse(String(body)));
      return { body: '' };
    },
  });
  // Handlers and stores find AWS by the SDK's own variables, as in an account.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: moto.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'moto',
    AWS_SECRET_ACCESS_KEY: 'moto',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  });
  deployment = await startDeployment(moto, name, region, [...templates.values()]);
  clients = connectAccount({ region, loopback: { endpoint: moto.url, accessKey: 'moto' } });
});
after(async () => {
  clients.close();
  deployment.close();
  await answers.close();
  await moto.close();
});

const deploy = async (stack: string, given?: Parameters<Deployment['deploy']>[2]) => {
  const deployed = await deployment.deploy(stack, templates.get(stack) ?? assert.fail(stack), given);
  stacks.set(stack, deployed);
  return deployed;
};
const request = (type: 'Create', logicalId: string, properties: object) => ({
  RequestType: type,
  StackId: 'stack',
  RequestId: `request-${logicalId}`,
  LogicalResourceId: logicalId,
  ResponseURL: `${answers.url}/answer`,
  ResourceProperties: properties,
});
const place = { environment: name, account: motoAccount, region };

test('foundation and network are created; an image has a digest', async () => {
  for (const stack of ['foundation', 'network'])
    assert.equal((await deploy(stack)).status, 'CREATE_COMPLETE');
  const ecr = new ECRClient({ region });
  const { image } = await ecr.send(
    new PutImageCommand({
      repositoryName: imageRepositoryName(name),
      imageTag: '0.1.0-a1b2c3d4e5f60718',
      imageManifest: JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        config: {
          mediaType: 'application/vnd.docker.container.image.v1+json',
          size: 2,
          digest: `sha256:${'1'.repeat(64)}`,
        },
        layers: [],
      }),
    }),
  );
  digest = image?.imageId?.imageDigest ?? '';
  assert.match(digest, /^sha256:/);
  const registry = ecrRegistry(clients.ecr, name, signal);
  assert.equal(await registry.digestOf(imageRepositoryName(name), '0.1.0-a1b2c3d4e5f60718'), digest);
  assert.equal(await registry.digestOf(imageRepositoryName(name), 'another'), undefined);
  const login = await registry.login();
  assert.equal(login.user, 'AWS');
  ecr.destroy();
});

test('database: what its custom resources ask is done by the real secret writer', async () => {
  const { custom, status } = await deploy('database');
  assert.equal(status, 'CREATE_COMPLETE');
  const secretsManager = new SecretsManagerClient({ region });
  const SecretString = JSON.stringify({ username: 'fraud_master', password: 'the-owner’s/own' });
  const Name = masterSecretName(databaseIdentifier(name));
  await secretsManager.send(new CreateSecretCommand({ Name, SecretString }));
  secretsManager.destroy();
  const writer = loadHandler('lib/constructs/secrets/secret-writer-handler.ts', moto, {
    SECRETS_KEY: 'alias/aws/ssm',
  });
  assert.equal(custom.length, 8);
  for (const { logicalId, properties } of custom) {
    const resolved = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [
        key,
        typeof value !== 'object' ? value : { host: 'db.internal', port: '5432', masterSecret: Name }[key],
      ]),
    );
    // Twice, as CloudFormation may: the second changes nothing.
    for (let time = 0; time < 2; time += 1) await writer.handle(request('Create', logicalId, resolved));
  }
  assert.equal(said.length, 16);
  for (const answer of said) assert.match(JSON.stringify(answer), /"Status":"SUCCESS".*"Version":1/);
  assert.ok(!writer.said().includes('postgresql://'));
});

test('tasks: their count is read by the real handler, their image is the digest; workflows and alarms follow', async () => {
  const counter = loadHandler('lib/constructs/gate/desired-count-handler.ts', moto, {});
  await counter.handle(
    request('Create', 'Count', { cluster: `fraud-platform-${name}`, service: `fraud-platform-${name}-gate` }),
  );
  const answer = said.at(-1);
  const template = templates.get('tasks') ?? assert.fail();
  const [present] = Object.entries(template.Resources).filter(
    ([, { Type }]) => Type === 'Custom::PresentCount',
  );
  assert.match(JSON.stringify(answer), /"DesiredCount":0|does not exist|ClusterNotFound/);
  const tasks = await deploy('tasks', {
    parameters: { ImageDigest: digest },
    values: { [`${present?.[0]}.DesiredCount`]: 0 },
  });
  assert.equal(tasks.status, 'CREATE_COMPLETE');
  await counter.handle(
    request('Create', 'Count', { cluster: `fraud-platform-${name}`, service: `fraud-platform-${name}-gate` }),
  );
  assert.match(JSON.stringify(said.at(-1)), /"Status":"SUCCESS".*"DesiredCount":0/);
  for (const stack of ['workflows', 'observability']) {
    assert.equal((await deploy(stack)).status, 'CREATE_COMPLETE');
  }
});

test('what the emulation passes over is known', (context) => {
  const passedOver = [...new Set([...stacks.values()].flatMap((stack) => stack.passedOver))].sort();
  context.diagnostic(`not held by moto: ${passedOver.join(', ')}`);
  assert.deepEqual(passedOver, [
    'AWS::Budgets::Budget',
    'AWS::CloudWatch::Alarm',
    'AWS::EC2::SecurityGroupEgress',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::S3::BucketPolicy',
    'AWS::SNS::TopicPolicy',
    'AWS::SQS::QueuePolicy',
    'AWS::ServiceDiscovery::PrivateDnsNamespace',
    'AWS::ServiceDiscovery::Service',
  ]);
});

const examination = (changed: EnvironmentSettings = settings) => ({
  settings: { ...changed, image: { digest } },
  clients,
  openEvidence: async () =>
    openS3Store({ bucket: bucketName(name, motoAccount, 'evidence'), prefix: '' }, { region }),
  needed: { fargateVcpus: 5.25, lambdaConcurrency: 10 },
  signal,
  progress: () => undefined,
});

test('the doctor reads the environment back', async (context) => {
  const budgets = new BudgetsClient({ region: 'us-east-1' });
  await budgets.send(
    new CreateBudgetCommand({
      AccountId: motoAccount,
      Budget: {
        BudgetName: budgetName(name),
        BudgetType: 'COST',
        TimeUnit: 'MONTHLY',
        BudgetLimit: { Amount: String(settings.budget.monthlyUsd), Unit: 'USD' },
        CalculatedSpend: { ActualSpend: { Amount: '4.2', Unit: 'USD' } },
      },
    }),
  );
  budgets.destroy();
  const findings = await examineEnvironment(examination());
  for (const { check, state, found } of findings) context.diagnostic(`${check} ${state}: ${found}`);
  const notOk = findings.filter(({ state }) => state !== 'ok').map(({ check, state }) => `${check} ${state}`);
  // Service Quotas are not emulated, definitions lose their roles there, nobody is said to have written a
  // parameter, and no task can migrate.
  assert.deepEqual(notOk, ['quotas unknown', 'task definitions failed', 'secrets failed', 'schema failed']);
  const written = findings.find(({ check }) => check === 'secrets')?.found ?? '';
  assert.equal(written.split('; ').length, 8, 'each is there, readable, and fails for its writer alone');
  assert.ok(written.split('; ').every((line) => line.endsWith('was written by N/A, not by the writer')));
});

test('a deploy, a stop of the database and a sweep see what runs', async () => {
  const stepFunctions = new SFNClient({ region });
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: `arn:aws:states:${region}:${motoAccount}:stateMachine:${stateMachineName(name, 'one-shot')}`,
      name: 'probe_20260221T020923Z',
      input: '{}',
    }),
  );
  const running = (await examineForDeploy(examination())).find(({ check }) => check === 'running');
  assert.deepEqual([running?.state, running?.found], ['busy', 'running executions: probe_20260221T020923Z']);
  const database = rdsSwitch(clients.rds, place, Date.now, signal);
  const stop = async (): Promise<PowerPlan> =>
    planStop(name, await database.read(), await readLiveWork(clients, place, signal));
  assert.equal((await stop()).kind, 'refuse');
  await stepFunctions.send(new StopExecutionCommand({ executionArn }));
  stepFunctions.destroy();
  const wait = { pollMillis: 50, patienceMillis: 10_000, now: Date.now, progress: () => undefined, signal };
  const plan = await stop();
  assert.ok(plan.kind === 'do');
  const stopped = await carryOutPower(plan, database, wait);
  assert.deepEqual([stopped?.status, stopped?.stoppedOnPurpose], ['stopped', true]);
  const start = planStart(name, stopped);
  assert.ok(start.kind === 'do');
  const started = await carryOutPower(start, database, wait);
  assert.deepEqual([started?.status, started?.stoppedOnPurpose], ['available', false]);
  const rds = new RDSClient({ region });
  const { TagList } = await rds.send(
    new ListTagsForResourceCommand({
      ResourceName: `arn:aws:rds:${region}:${motoAccount}:db:${databaseIdentifier(name)}`,
    }),
  );
  assert.ok(TagList?.every(({ Key }) => Key !== 'fraud-platform:stopped-on-purpose'));
  rds.destroy();
});

test('the recorder writes a record once, the reaper sweeps', async () => {
  const bucket = bucketName(name, motoAccount, 'evidence');
  const variables = {
    ENVIRONMENT: name,
    CLUSTER: `fraud-platform-${name}`,
    EVIDENCE_BUCKET: bucket,
    GATE_SERVICE: `fraud-platform-${name}-gate`,
    GATE_WORKFLOW: `arn:aws:states:${region}:${motoAccount}:stateMachine:${stateMachineName(name, 'bounded-burst')}`,
    DATABASE: databaseIdentifier(name),
  };
  const recorder = loadHandler('lib/constructs/recorder/recorder-handler.ts', moto, variables);
  const event = {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: {
      executionArn: `arn:aws:states:${region}:${motoAccount}:execution:${stateMachineName(name, 'one-shot')}:probe_20260221T020923Z`,
      stateMachineArn: `arn:aws:states:${region}:${motoAccount}:stateMachine:${stateMachineName(name, 'one-shot')}`,
      name: 'probe_20260221T020923Z',
      status: 'ABORTED',
      startDate: Date.parse('2026-02-21T02:09:23Z'),
      stopDate: Date.parse('2026-02-21T02:10:23Z'),
      input: '{}',
    },
  };
  await recorder.handle(event);
  assert.match(recorder.said(), /published .*execution-record\.json/);
  await recorder.handle(event);
  assert.match(recorder.said(), /identical .*execution-record\.json/);
  const s3 = new S3Client({ region });
  const key = `evidence/${name}/run_control/probe_20260221T020923Z/execution-record.json`;
  const record = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  assert.match((await record.Body?.transformToString()) ?? '', /"status":"ABORTED"/);
  s3.destroy();
  const reaper = loadHandler('lib/constructs/reaper/reaper-handler.ts', moto, variables);
  await reaper.handle({ time: new Date().toISOString() });
  assert.equal(reaper.said(), '');
});
