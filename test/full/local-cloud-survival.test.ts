import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureLocalCloud, localCloudStatus, stopLocalCloud } from '../../lib/local-cloud/control.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

let environment: TestEnvironment;
before(async () => {
  environment = await createTestEnvironment();
  assert.equal((await environment.fraudctl('local', 'up')).exitCode, 0);
});
after(() => environment.close());

type AgentState = { agent: number; pid: number; stoppedAt: number | null; exitCode: number | null };

const launchFolder = (id: string) =>
  join(environment.home, 'evidence', 'evidence', 'local', 'run_control', id, 'launches', 'Run', '0');

/** Launches a probe that stays alive, and returns once it has begun. */
async function launch(linger: number, deadline: string): Promise<string> {
  const started = await environment.fraudctl(
    '--json',
    'task',
    'run',
    'probe',
    '--detach',
    '--deadline',
    deadline,
    '--params',
    JSON.stringify({ linger_ms: linger }),
  );
  assert.equal(started.exitCode, 0, started.stderr);
  const { execution_id: id } = JSON.parse(started.stdout);
  while (!existsSync(join(launchFolder(id), 'started.json'))) await delay(20);
  return id;
}

async function taskFolderOf(id: string): Promise<string> {
  const folder = join(environment.home, 'tasks');
  for (const name of await readdir(folder)) {
    if ((await readFile(join(folder, name, 'task.json'), 'utf8')).includes(`${id}/Run/0`))
      return join(folder, name);
  }
  throw new Error(`no task of ${id}`);
}

async function agentOf(id: string): Promise<AgentState> {
  return JSON.parse(await readFile(join(await taskFolderOf(id), 'agent.json'), 'utf8'));
}

async function verdictOf(...parameters: string[]) {
  const run = await environment.fraudctl('--json', ...parameters);
  const verdict = JSON.parse(run.stdout);
  return { exitCode: run.exitCode, verdict: verdict.verdict, cause: verdict.cause, reasons: verdict.reasons };
}

async function untilOver(id: string): Promise<void> {
  for (;;) {
    const status = JSON.parse((await environment.fraudctl('--json', 'status', id)).stdout);
    if (
      status.status !== 'RUNNING' &&
      status.launches.every((one: { task_record: string }) => one.task_record === 'present')
    )
      return;
    await delay(50);
  }
}

test('a task killed with SIGKILL is never PASS', async () => {
  const id = await launch(60_000, '60s');
  process.kill((await agentOf(id)).pid, 'SIGKILL');
  const { exitCode, verdict, cause } = await verdictOf('attach', id);
  assert.deepEqual([exitCode, verdict, cause], [65, 'FAIL', 'killed']);
});

test('the cloud killed with SIGKILL: the task ends on its own, and a new cloud tells the whole story', async () => {
  const id = await launch(1_500, '60s');
  await environment.killCloud();
  while ((await agentOf(id)).stoppedAt === null) await delay(20);
  assert.equal((await agentOf(id)).exitCode, 0, 'nobody was there, and its exit code is known');
  assert.equal(await localCloudStatus(environment.home), undefined);
  const { exitCode, verdict } = await verdictOf('attach', id);
  assert.deepEqual([exitCode, verdict], [0, 'PASS']);
  const folder = join(environment.home, 'tasks');
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name, 'task.json'), 'utf8')),
  );
  assert.equal(texts.filter((text) => text.includes(`"${id}"`)).length, 1, 'launched once, adopted once');
});

test('the cloud killed and nobody back: the task ends by its own deadline', async () => {
  const id = await launch(60_000, '3s');
  await environment.killCloud();
  while ((await agentOf(id)).stoppedAt === null) await delay(20);
  assert.equal((await agentOf(id)).exitCode, 124);
  const { exitCode, verdict, cause } = await verdictOf('attach', id);
  assert.deepEqual([exitCode, verdict, cause], [124, 'FAIL', 'deadline']);
});

test('the cloud killed while a task runs: a new cloud adopts the running task', async () => {
  const id = await launch(4_000, '60s');
  await environment.killCloud();
  const { exitCode, verdict } = await verdictOf('attach', id);
  assert.deepEqual([exitCode, verdict], [0, 'PASS']);
});

test('the agent killed: how the task ended is unknown, so the verdict is INDETERMINATE', async () => {
  const id = await launch(1_500, '60s');
  process.kill((await agentOf(id)).agent, 'SIGKILL');
  await untilOver(id);
  const { verdict, reasons } = await verdictOf('status', id);
  assert.equal(verdict, 'INDETERMINATE');
  assert.match(reasons.join(), /no exit code|contradiction|FAILED/);
});

const sources: readonly [string, (id: string) => Promise<void>, RegExp][] = [
  ['task record', (id) => rm(join(launchFolder(id), 'task-record.json')), /task record: absent/],
  ['result', (id) => rm(join(launchFolder(id), 'result.json')), /result\.json: absent/],
  ['marker', removeMarker, /marker line: absent/],
];
for (const [name, remove, reason] of sources) {
  test(`without the ${name}, a run that went well is INDETERMINATE and cannot be sealed`, async () => {
    const id = await launch(0, '60s');
    await untilOver(id);
    assert.equal((await verdictOf('status', id)).verdict, 'PASS');
    await remove(id);
    const { verdict, reasons } = await verdictOf('status', id);
    assert.equal(verdict, 'INDETERMINATE');
    assert.match(reasons.join(), reason);
  });
}

test('a result altered by one byte is INDETERMINATE', async () => {
  const id = await launch(0, '60s');
  await untilOver(id);
  const file = join(launchFolder(id), 'result.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"exit_code":0', '"exit_code":1'));
  assert.equal((await verdictOf('status', id)).verdict, 'INDETERMINATE');
});

test('a secret that is absent keeps the task from starting, and the reason is in its record', async () => {
  const override = join(environment.home, 'secrets', 'parameters', 'gate', 'api-key');
  await mkdir(join(override, '..'), { recursive: true, mode: 0o700 });
  try {
    await writeFile(override, '(absent)', { mode: 0o600 });
    const absent = await verdictOf('task', 'run', 'probe');
    assert.deepEqual([absent.verdict, absent.cause], ['FAIL', 'never-started']);
    assert.match(absent.reasons.join(), /ResourceInitializationError.*gate\/api-key/);
    await writeFile(override, 'REPLACE_ME_WITH_A_KEY', { mode: 0o600 });
    const placeholder = await verdictOf('task', 'run', 'probe');
    assert.deepEqual([placeholder.exitCode, placeholder.verdict, placeholder.cause], [78, 'FAIL', 'refused']);
  } finally {
    await rm(override);
  }
});

test('PostgreSQL outlives a killed cloud and is adopted; killed itself, it recovers', async () => {
  const first = await localCloudStatus(environment.home);
  await environment.killCloud();
  await ensureLocalCloud(environment.home);
  await untilPostgres();
  const second = await localCloudStatus(environment.home);
  assert.equal(second?.postgres?.pid, first?.postgres?.pid, 'the same server');
  process.kill(second?.postgres?.pid ?? 0, 'SIGKILL');
  await environment.killCloud();
  await ensureLocalCloud(environment.home, { fsync: false });
  await untilPostgres();
  assert.notEqual((await localCloudStatus(environment.home))?.postgres?.pid, first?.postgres?.pid);
  assert.equal((await verdictOf('task', 'run', 'probe')).verdict, 'PASS');
});

test('the port of last time is taken: another one is used, and tasks find it', async () => {
  const port = (await localCloudStatus(environment.home))?.postgres?.port ?? 0;
  await stopLocalCloud(environment.home, true);
  const squatter = createServer().listen({ host: '127.0.0.1', port });
  try {
    await ensureLocalCloud(environment.home, { fsync: false });
    await untilPostgres();
    assert.notEqual((await localCloudStatus(environment.home))?.postgres?.port, port);
    assert.equal((await verdictOf('task', 'run', 'probe')).verdict, 'PASS');
  } finally {
    squatter.close();
  }
});

test('twenty starters at once start one cloud', async () => {
  await stopLocalCloud(environment.home, true);
  const clouds = await Promise.all(
    Array.from({ length: 20 }, () => ensureLocalCloud(environment.home, { fsync: false })),
  );
  assert.equal(new Set(clouds.map(({ status }) => status.pid)).size, 1);
});

test('a stranger without the access key is turned away', async () => {
  const { port } = await ensureLocalCloud(environment.home);
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'x-amz-target': 'AmazonSSM.GetParameter',
      authorization: 'AWS4-HMAC-SHA256 Credential=stranger/x',
    },
    body: JSON.stringify({ Name: '/fraud-platform/local/gate/api-key', WithDecryption: true }),
  });
  assert.equal(response.status, 403);
});

async function untilPostgres(): Promise<void> {
  for (const until = performance.now() + 20_000; performance.now() < until; await delay(20)) {
    if ((await localCloudStatus(environment.home))?.postgres != null) return;
  }
  assert.fail('PostgreSQL did not come up');
}

async function removeMarker(id: string): Promise<void> {
  const taskId = (await taskFolderOf(id)).split('/').at(-1);
  const log = join(environment.home, 'logs', 'probe', 'task', `${taskId}.log`);
  const lines = (await readFile(log, 'utf8')).split('\n');
  await writeFile(log, lines.filter((line) => !line.startsWith('@result')).join('\n'));
}
