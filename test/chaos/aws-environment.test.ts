import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { taskContracts } from '../../lib/task-contracts/catalogue.ts';
import { askedOfS3 } from '../support/asked-of-s3.ts';
import { type AwsEnvironment, awsName, createAwsEnvironment, taskKeyId } from '../support/aws-environment.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

/** Every command that works locally, in an environment of AWS as far as loopback goes: slow, so not in the inner loop. */
let aws: AwsEnvironment;
let local: TestEnvironment;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'two-clouds-'));
  local = await createTestEnvironment();
  aws = await createAwsEnvironment();
  const migrated = await aws.fraudctl('task', 'run', 'migrate', '--json');
  assert.equal(migrated.exitCode, 0, migrated.stdout + migrated.stderr);
});
after(async () => {
  await aws.close();
  await local.close();
  await rm(folder, { recursive: true });
});

async function json(run: ReturnType<AwsEnvironment['fraudctl']>, expected = 0) {
  const { exitCode, stdout, stderr } = await run;
  assert.equal(exitCode, expected, stdout + stderr);
  return JSON.parse(stdout);
}

/** Names and shapes of a JSON result, not its values: what two environments must have in common. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

const scale = ['--scale', '12', '--seed', '3', '--partitions', '2'];
let segmentRun: string;

test('segment run, in partitions: the same run, the same digests, the same output', async () => {
  const here = await json(
    local.fraudctl('--json', 'segment', 'run', ...scale, '--runs-root', join(folder, 'runs')),
  );
  const there = await json(aws.fraudctl('--json', 'segment', 'run', ...scale));
  assert.deepEqual(shapeOf(there), shapeOf(here));
  assert.equal(there.runs_root, `s3://${aws.lakeBucket}/lake/runs`);
  for (const member of [
    'segment_run_id',
    'manifest_fingerprint',
    'parameter_hash',
    'validation_bundle_digest_sha256',
  ]) {
    assert.equal(there.segment[member], here.segment[member], member);
  }
  segmentRun = there.segment.segment_run_id;
  // The world is named by where it is kept from now on, and nothing of the run is made anew.
  const [world] = aws.s3.bucket(aws.lakeBucket).keys('lake/worlds/');
  const place = `s3://${aws.lakeBucket}/${world?.split('/').slice(0, 3).join('/')}`;
  const again = await json(aws.fraudctl('--json', 'segment', 'run', '--world', place));
  for (const { state, publication } of again.segment.states) assert.equal(publication, 'identical', state);
});

test('report segment: of a run in the lake as of one in a folder', async () => {
  const out = join(folder, 'report-aws');
  const there = await json(aws.fraudctl('--json', 'report', 'segment', segmentRun, '--out', out));
  assert.equal(there.status, 'PASS');
});

test('burst run from the lake, its judgement computed again, its report, and questions about it', async () => {
  const burst = await json(aws.fraudctl('--json', 'burst', 'run', 'rehearsal', '--bundle', segmentRun));
  assert.equal(burst.verdict, 'PASS');
  assert.ok(burst.measures.database.admitted > 0);
  const replayed = await aws.fraudctl('burst', 'adjudicate', burst.execution_id, '--replay');
  assert.match(replayed.stdout, /identical/);
  const out = join(folder, 'report-burst');
  await json(aws.fraudctl('--json', 'report', 'burst', burst.execution_id, '--out', out));
  const answer = await json(
    aws.fraudctl('--json', 'query', 'lane_counts', '--param', `run_id=${burst.run_id}`),
  );
  assert.ok(answer.samples[0].result.row_count > 0);
  assert.ok(answer.samples[0].evidence.startsWith(`s3://${aws.evidenceBucket}/`));
  const shown = await aws.fraudctl('runs', 'show', burst.execution_id);
  assert.equal(shown.exitCode, 0, shown.stdout + shown.stderr);
});

test('a task runs to its end; one that lingers is stopped, and its verdict says so', async () => {
  // The one that is stopped may be stopped before it has asked for anything.
  assert.equal((await json(aws.fraudctl('--json', 'task', 'run', 'probe'))).verdict, 'PASS');
  const started = await json(
    aws.fraudctl('--json', 'task', 'run', 'probe', '--detach', '--params', '{"linger_ms":600000}'),
  );
  const stopped = await json(aws.fraudctl('--json', 'stop', started.execution_id));
  assert.deepEqual([stopped.environment, stopped.verdict], [awsName, 'FAIL']);
});

test('nothing in either bucket was ever written over or removed', () => {
  for (const name of [aws.evidenceBucket, aws.lakeBucket]) {
    const { versions } = aws.s3.bucket(name);
    assert.equal(new Set(versions.map(({ key }) => key)).size, versions.length, name);
    assert.ok(versions.every(({ content }) => content !== undefined));
  }
});

test('policies and events of a team’s own go by the lake as well', async () => {
  const policies = join(folder, 'policies');
  await cp(join(import.meta.dirname, '../../config/policies/segment-5a'), policies, { recursive: true });
  const run = await json(
    aws.fraudctl('--json', 'segment', 'run', '--scale', '12', '--seed', '4', '--policies', policies),
  );
  assert.equal(run.verdict, 'PASS');
  const events = join(folder, 'events.ndjson');
  const lines = Array.from({ length: 400 }, (_, number) =>
    JSON.stringify({
      event_id: `event-${number}`,
      event_type: 'payment',
      schema_version: 'v1',
      ts_utc: new Date(Date.UTC(2026, 0, 2, 3, 0, number)).toISOString().replace('Z', '001Z'),
      manifest_fingerprint: 'a'.repeat(64),
      parameter_hash: 'b'.repeat(64),
      scenario_id: 'baseline_v1',
      segment_run_id: 'c'.repeat(32),
      payload: { merchant_id: '18446744073709551615' },
    }),
  );
  await writeFile(events, `${lines.join('\n')}\n`);
  const burst = await json(aws.fraudctl('--json', 'burst', 'run', 'rehearsal', '--events', events));
  assert.equal(burst.verdict, 'PASS');
});

for (const contract of taskContracts) {
  const { name, actions, evidence, lake } = contract;
  test(`${name}: asked S3 for the actions of its contract, and for every prefix that it may`, () => {
    const asked = askedOfS3(aws.s3.calls, taskKeyId(name));
    assert.deepEqual([...new Set(asked.map(({ action }) => action))].sort(), actions);
    const granted = [
      ...['s3:GetObject', 's3:ListBucket'].flatMap((action) => [
        [action, aws.evidenceBucket, `evidence/${awsName}/run_control/`],
        ...[...evidence.reads, ...evidence.writes].map((prefix) => [action, aws.evidenceBucket, prefix]),
        ...[...lake.reads, ...lake.writes].map((prefix) => [action, aws.lakeBucket, prefix]),
      ]),
      ['s3:PutObject', aws.evidenceBucket, `evidence/${awsName}/run_control/`],
      ...evidence.writes.map((prefix) => ['s3:PutObject', aws.evidenceBucket, prefix]),
      ...lake.writes.map((prefix) => ['s3:PutObject', aws.lakeBucket, prefix]),
    ];
    const never = granted.filter(
      ([action, bucket, prefix = '']) =>
        // Whether a key is there is asked only where one may be missing.
        action !== 's3:ListBucket' &&
        !asked.some((one) => one.action === action && one.bucket === bucket && one.key.startsWith(prefix)),
    );
    assert.deepEqual(never, []);
  });
}
