import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withConnection } from '../../lib/database/connect.ts';
import { judgeFromEvidence } from '../../lib/operator/judge-execution.ts';
import { executionArn } from '../../lib/operator/operator-environment.ts';
import { sealVerdict } from '../../lib/operator/seal-verdict.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { isPlatformError } from '../../lib/vocabulary/failure.ts';
import { executionIdSchema, runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { inProcess } from '../support/in-process.ts';
import { createTestEnvironment, finished, type TestEnvironment } from '../support/local-environment.ts';
import { superuserWish } from '../support/query-context.ts';

let environment: TestEnvironment;
let probe: { readonly execution_id: string; readonly run_id: string };
before(async () => {
  environment = await createTestEnvironment();
  const run = await environment.fraudctl('--json', 'task', 'run', 'probe');
  assert.equal(run.exitCode, 0, run.stderr);
  probe = JSON.parse(run.stdout);
});
after(() => environment.close());

const signal = new AbortController().signal;
const refused =
  (code: string, exitCode: number, told = /./) =>
  (error: unknown) => {
    assert.ok(isPlatformError(error), String(error));
    assert.deepEqual([error.failure.code, error.exitCode], [code, exitCode]);
    assert.match(error.failure.message, told);
    return true;
  };

/** Runs fraudctl until it says something, interrupts it as Ctrl-C would, and returns how it ended. */
async function interruptedOn(says: string, ...parameters: string[]) {
  const child = environment.startFraudctl(...parameters);
  let said = '';
  const hear = (chunk: unknown) => {
    const before = said.includes(says);
    said += String(chunk);
    if (!before && said.includes(says)) child.kill('SIGINT');
  };
  child.stderr?.on('data', hear);
  child.stdout?.on('data', hear);
  return await finished(child);
}

test('Ctrl-C leaves a task to itself and says how to go on with it', async () => {
  const left = await interruptedOn('state', 'task', 'run', 'probe', '--params', '{"linger_ms":1500}');
  assert.equal(left.exitCode, 75, left.stderr);
  assert.match(left.stderr, /error DETACHED: .*goes on/);
  const id = /fraudctl attach (probe_\d{8}T\d{6}Z)/.exec(left.stderr)?.[1] ?? '';
  const attached = await environment.fraudctl('attach', id);
  assert.equal(attached.exitCode, 0, attached.stderr);
});

test('Ctrl-C is how one stops following a log', async () => {
  const long = ['--params', '{"linger_ms":600000}', '--deadline', '15m'];
  const begun = await environment.fraudctl('--json', 'task', 'run', 'probe', ...long, '--detach');
  const { execution_id: id } = JSON.parse(begun.stdout);
  const followed = await interruptedOn('launch_key', 'logs', id, '--follow');
  assert.deepEqual([followed.exitCode, followed.stderr], [0, '']);
  assert.equal((await environment.fraudctl('stop', id)).exitCode, 0);
});

test('Ctrl-C ends a watch between two samples and says how many there are', async () => {
  const watch = ['query', 'schema_status', '--watch', '1h', '--for', '2h'];
  const ended = await interruptedOn('evidence file:', ...watch);
  assert.equal(ended.exitCode, 143, ended.stderr);
  assert.match(ended.stderr, /error WATCH_INTERRUPTED: stopped after 1 of 3 samples/);
});

test('evidence that was changed after it was sealed is not sealed a second time', async () => {
  const prefix = `evidence/local/run_control/${probe.execution_id}/`;
  const file = join(environment.home, 'evidence', prefix, 'launches/Run/0/started.json');
  const started = await readFile(file, 'utf8');
  await writeFile(file, started.replace('"local"', '"elsewhere"'));
  const again = await environment.fraudctl('attach', probe.execution_id);
  assert.equal(again.exitCode, 73, again.stderr);
  assert.match(again.stderr, /error SEALED_DIFFERENTLY: .*other evidence is already sealed/);
  await writeFile(file, started);
  assert.equal((await environment.fraudctl('attach', probe.execution_id)).exitCode, 0);
});

test('a copy of a seal that cannot be read back is told, by its place', async () => {
  const opened = await environment.open();
  const forgetful = await inProcess(environment, (key) => key.endsWith('bundle.commit.json'), undefined);
  const { evidence: mirror } = await forgetful.openEnvironment();
  const executionId = executionIdSchema.parse(probe.execution_id);
  const arn = executionArn(opened, 'one-shot', executionId);
  const options = {
    waitMillis: 5_000,
    patienceMillis: 5_000,
    now: () => Date.now(),
    tell: () => undefined,
  };
  const judged = await judgeFromEvidence(opened, arn, executionId, 'probe', options, signal);
  await assert.rejects(
    sealVerdict({ ...opened, mirror }, runIdSchema.parse(probe.run_id), judged, signal),
    refused('SEAL_COPIES_DIFFER', exitCodes.conflict, /differ: mirror/),
  );
});

test('a task that never started has left no line', async () => {
  const secret = join(environment.home, 'secrets', 'parameters', 'gate', 'api-key');
  await mkdir(join(secret, '..'), { recursive: true, mode: 0o700 });
  await writeFile(secret, '(absent)', { mode: 0o600 });
  const run = await environment.fraudctl('--json', 'task', 'run', 'probe');
  await rm(secret);
  const { execution_id, cause } = JSON.parse(run.stdout);
  assert.equal(cause, 'never-started');
  const logs = await environment.fraudctl('logs', execution_id);
  assert.equal(logs.exitCode, 65, logs.stderr);
  assert.match(logs.stderr, /error NO_LOG_LINES: /);
});

test('a database of a later version is not migrated, and nothing is launched on it', async () => {
  await withConnection(await superuserWish(environment), (client) =>
    client.query(
      `insert into platform.schema_migrations (version, name, sha256) values (999, 'later', repeat('0', 64))`,
    ),
  );
  await rm(join(environment.home, 'migrated'));
  const run = await environment.fraudctl('task', 'run', 'probe');
  assert.equal(run.exitCode, 70, run.stderr);
  assert.match(run.stderr, /error MIGRATION_FAILED: /);
  assert.doesNotMatch(run.stderr, /started probe_/);
});
