import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AwsEnvironment, awsName, createAwsEnvironment } from '../support/aws-environment.ts';
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

test('a task that lingers is stopped, and its verdict says so', async () => {
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
