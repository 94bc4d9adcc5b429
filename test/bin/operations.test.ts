import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { CommandContext } from '../../bin/commands/command-context.ts';
import { databaseStart, databaseStatus, databaseStop } from '../../bin/commands/database-power.ts';
import { doctor, renderFindings } from '../../bin/commands/doctor.ts';
import { imagePush } from '../../bin/commands/image-push.ts';
import { PlatformError } from '../../lib/vocabulary/failure.ts';
import { environmentNamed } from '../support/environments.ts';
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts';
import { writeFakeContainerTool } from '../support/fake-container-tool.ts';
import {
  environmentOperations,
  type FakeEnvironment,
  fakeDigest,
  registryLogin,
  soundEnvironment,
} from '../support/fake-environment.ts';
import { holdToShape, jsonShapeNames } from '../support/json-shapes.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

const settings = environmentNamed('dev-min');
const environment: FakeEnvironment = soundEnvironment(settings);
let fake: FakeAws;
let local: TestEnvironment;
let tools: string;
const ownPath = process.env.PATH;

before(async () => {
  local = await createTestEnvironment();
  tools = await mkdtemp(join(tmpdir(), 'tools-'));
  fake = await startFakeAws({
    ...environmentOperations(settings, environment),
    ...registryLogin('the-password'),
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: fake.url,
    AWS_ACCESS_KEY_ID: 'fake',
    AWS_SECRET_ACCESS_KEY: 'fake',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  });
});
beforeEach(() => {
  Object.assign(environment, soundEnvironment(settings));
  fake.faults.length = 0;
});
after(async () => {
  process.env.PATH = ownPath;
  await fake.close();
  await local.close();
});

type Command = (context: CommandContext) => Promise<number>;

/** Runs a command in this process; a refusal is a result too, as it is on the command line. */
async function run(
  environmentName: string,
  command: Command,
): Promise<{ exitCode: number; result: Record<string, unknown> }> {
  const results: Record<string, unknown>[] = [];
  const context: CommandContext = {
    output: {
      json: true,
      part: () => undefined,
      progress: () => undefined,
      result: (_text, object) => {
        holdToShape(object, jsonShapeNames, 'operations');
        results.push(object);
      },
    },
    environmentName,
    signal: new AbortController().signal,
    now: () => Date.parse('2026-02-21T00:00:00Z'),
    openEnvironment: async () => assert.fail('nothing is opened here'),
  };
  try {
    return { exitCode: await command(context), result: results[0] ?? {} };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { exitCode: error.exitCode, result: { ...error.failure } };
  }
}
const doctorHere: Command = (context) => doctor(context, {});
const doctorOfDeploy: Command = (context) => doctor(context, { deploy: true });
const push: Command = (context) => imagePush(context, {});

test('doctor here: a cloud that is up and migrated is ok; without one it says so and starts nothing', async () => {
  await local.fraudctl('local', 'up');
  const up = await local.fraudctl('doctor');
  assert.equal(up.exitCode, 0, up.stdout);
  for (const check of ['cloud', 'home', 'database', 'secrets', 'schema', 'evidence'])
    assert.match(up.stdout, new RegExp(`^${check} +ok`, 'm'));
  const status = await local.fraudctl('--json', 'db', 'status');
  assert.deepEqual([status.exitCode, JSON.parse(status.stdout).status], [0, 'available']);
  process.env.FRAUD_PLATFORM_HOME = await mkdtemp(join(tmpdir(), 'home-'));
  const down = await run('local', doctorHere);
  assert.equal(down.exitCode, 78);
  assert.match(JSON.stringify(down.result), /"check":"cloud","state":"failed"/);
  assert.equal((await run('local', databaseStatus)).exitCode, 75);
});

test('what has no meaning here is refused', async () => {
  assert.equal((await run('local', doctorOfDeploy)).result.code, 'AWS_ONLY');
  assert.equal((await run('local', databaseStop)).result.code, 'AWS_ONLY');
  assert.equal((await run('local', push)).result.code, 'AWS_ONLY');
  assert.equal((await run('nowhere', doctorHere)).result.code, 'ENVIRONMENT_UNKNOWN');
});

test('doctor there: one object with every line, and the exit of the worst', async () => {
  environment.database = { status: 'stopped', tags: new Set() };
  const { exitCode, result } = await run('dev-min', doctorHere);
  assert.equal(exitCode, 78);
  assert.deepEqual([result.schema, result.environment, result.ok], ['fraudctl/doctor/v1', 'dev-min', false]);
  assert.match(JSON.stringify(result), /fraudctl db start --env dev-min/);
});

test('doctor --deploy refuses while an execution runs', async () => {
  environment.executions = ['probe_20260221T020923Z'];
  const { exitCode, result } = await run('dev-min', doctorOfDeploy);
  assert.notEqual(exitCode, 0);
  assert.match(JSON.stringify(result), /"check":"running","state":"busy".*probe_20260221T020923Z/);
});

test('db status, stop and start', async () => {
  assert.equal((await run('dev-min', databaseStatus)).exitCode, 0);
  // RDS says where it is at each look: once for the plan, then until it is there.
  environment.databaseNext = ['available', 'stopped', 'stopped'];
  const stopped = await run('dev-min', databaseStop);
  assert.deepEqual(
    [stopped.exitCode, stopped.result.status, stopped.result.stopped_on_purpose],
    [0, 'stopped', true],
  );
  environment.databaseNext = ['stopped', 'available', 'available'];
  const started = await run('dev-min', databaseStart);
  assert.deepEqual(
    [started.exitCode, started.result.status, started.result.stopped_on_purpose],
    [0, 'available', false],
  );
  environment.executions = ['probe_20260221T020923Z'];
  const refused = await run('dev-min', databaseStop);
  assert.deepEqual([refused.exitCode, refused.result.code], [75, 'DATABASE_IN_USE']);
});

test('image push: the digest that the environment’s file takes; a dry run asks AWS nothing', async () => {
  const id = 'a1b2c3d4e5f60718'.repeat(4);
  process.env.PATH = (await writeFakeContainerTool(tools, id)).path;
  environment.registry?.add('1-a1b2c3d4e5f60718');
  fake.calls.length = 0;
  const dry = await run('dev-min', (context) => imagePush(context, { dryRun: true }));
  assert.deepEqual([dry.exitCode, dry.result.tag, fake.calls.length], [0, '1-a1b2c3d4e5f60718', 0]);
  const pushed = await run('dev-min', push);
  assert.deepEqual([pushed.exitCode, pushed.result.digest], [0, fakeDigest]);
  process.env.PATH = join(tools, 'nothing');
  const missing = await run('dev-min', push);
  assert.deepEqual([missing.exitCode, missing.result.code], [78, 'CONTAINER_TOOL_MISSING']);
});

test('a remedy that several lines share is said once, with all of them', () => {
  const denied = { state: 'denied', found: 'no', remedy: 'Sign in.' } as const;
  const text = renderFindings([
    { check: 'roles', ...denied },
    { check: 'image', state: 'ok', found: 'yes', remedy: null },
    { check: 'secrets', ...denied },
  ]);
  assert.match(text, /next {3}roles, secrets: Sign in\.$/);
});
