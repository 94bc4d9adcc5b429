import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { migrateContract } from '../../lib/task-contracts/migrate.ts';
import { probeContract } from '../../lib/task-contracts/probe.ts';
import { askedOfS3 } from '../support/asked-of-s3.ts';
import { type AwsEnvironment, awsName, createAwsEnvironment, taskKeyId } from '../support/aws-environment.ts';

let aws: AwsEnvironment;
before(async () => {
  aws = await createAwsEnvironment();
});
after(() => aws.close());

let probe: { execution_id: string; evidence: string; bundle_digest_sha256: string };
test('a task runs, is judged and sealed in an environment of AWS as it is in the local one', async () => {
  const migrated = await aws.fraudctl('task', 'run', 'migrate', '--json');
  assert.equal(migrated.exitCode, 0, migrated.stdout + migrated.stderr);
  const run = await aws.fraudctl('task', 'run', 'probe', '--json');
  assert.equal(run.exitCode, 0, run.stdout + run.stderr);
  const verdict = JSON.parse(run.stdout);
  assert.deepEqual([verdict.environment, verdict.verdict], [awsName, 'PASS']);
  assert.equal(
    verdict.evidence,
    `s3://${aws.evidenceBucket}/evidence/${awsName}/run_control/${verdict.execution_id}/`,
  );
  assert.ok(verdict.bundle.startsWith(join(aws.operatorHome, 'mirrors', awsName)));
  probe = verdict;
});

test('what was run is listed, described, read and attached to', async () => {
  const listed = JSON.parse((await aws.fraudctl('runs', 'list', '--json')).stdout);
  assert.match(JSON.stringify(listed), new RegExp(probe.execution_id));
  const status = JSON.parse((await aws.fraudctl('status', probe.execution_id, '--json')).stdout);
  assert.equal(status.verdict, 'PASS');
  assert.match((await aws.fraudctl('logs', probe.execution_id)).stdout, /heartbeat-written/);
  const attached = JSON.parse((await aws.fraudctl('attach', probe.execution_id, '--json')).stdout);
  assert.equal(attached.bundle_digest_sha256, probe.bundle_digest_sha256);
});

test('a sealed bundle is verified where it lies, and one that was altered there is not', async () => {
  const verified = await aws.fraudctl('evidence', 'verify', probe.evidence, '--json');
  assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
  const report = JSON.parse(verified.stdout);
  assert.deepEqual(
    [report.folder, report.verdict, report.bundle_digest_sha256],
    [probe.evidence, 'whole-pass', probe.bundle_digest_sha256],
  );
  const store = aws.s3.bucket(aws.evidenceBucket);
  const verifyAltered = async (path: string) => {
    for (const key of store.keys(`evidence/${awsName}/run_control/${probe.execution_id}/bundle`)) {
      const content = store.current(key)?.content ?? Buffer.alloc(0);
      store.put(
        key.replace(/^.*run_control/, path),
        key.endsWith(`/${path}`) ? Buffer.from('{}\n') : content,
      );
    }
    const place = `s3://${aws.evidenceBucket}/${path}/${probe.execution_id}`;
    const { stdout, exitCode } = await aws.fraudctl('evidence', 'verify', place, '--json');
    return { ...JSON.parse(stdout), exitCode };
  };
  const altered = await verifyAltered('data/verdict.json');
  assert.deepEqual([altered.verdict, altered.exitCode], ['broken', 65]);
  const foreign = await verifyAltered('manifest-sha256.txt');
  assert.deepEqual([foreign.code, foreign.exitCode], ['BUNDLE_NOT_AS_COMMITTED', 65]);
  const gone = `gone/${probe.execution_id}/`;
  const commit = store.current(
    `evidence/${awsName}/run_control/${probe.execution_id}/bundle.commit.json`,
  )?.content;
  store.put(`${gone}bundle.commit.json`, commit ?? Buffer.alloc(0));
  const empty = await aws.fraudctl('evidence', 'verify', `s3://${aws.evidenceBucket}/${gone}`, '--json');
  assert.deepEqual([JSON.parse(empty.stdout).verdict, empty.exitCode], ['broken', 65], empty.stdout);
  const nothing = await aws.fraudctl('evidence', 'verify', `s3://${aws.evidenceBucket}/nothing`, '--json');
  assert.deepEqual([JSON.parse(nothing.stdout).code, nothing.exitCode], ['BUNDLE_NOT_FOUND', 64]);
});

test('a task asked S3 for what its contract lists, and for nothing else', () => {
  for (const { name, actions } of [migrateContract, probeContract]) {
    const asked = askedOfS3(aws.s3.calls, taskKeyId(name));
    assert.deepEqual([...new Set(asked.map(({ action }) => action))].sort(), actions, name);
  }
});

test('no key of the evidence bucket was ever written twice', () => {
  const { versions } = aws.s3.bucket(aws.evidenceBucket);
  assert.equal(new Set(versions.map(({ key }) => key)).size, versions.length);
});

test('without credentials nothing starts, and one line says why', async () => {
  const from = aws.s3.calls.length;
  const { exitCode, stdout } = await aws.fraudctlWith(
    { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    'task',
    'run',
    'probe',
    '--json',
  );
  const { code, message, remedy } = JSON.parse(stdout);
  assert.deepEqual([code, exitCode], ['AWS_CREDENTIALS_MISSING', 77]);
  assert.ok(!message.includes('\n'));
  assert.match(remedy, /aws sso login/);
  assert.equal(aws.s3.calls.length, from, 'nothing was asked of the evidence store');
});

test('what works on this machine alone is refused by the name of the environment', async () => {
  for (const command of [
    ['local', 'up'],
    ['segment', 'stage', '--from', 'f'.repeat(32), '--rerun', 'S4', '--runs-root', '/nowhere'],
  ]) {
    const { exitCode, stdout } = await aws.fraudctl(...command, '--json');
    const { code, value } = JSON.parse(stdout);
    assert.deepEqual([code, value, exitCode], ['LOCAL_ONLY', awsName, 64]);
  }
});
