import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { requirePass } from '../../../bin/first-run/chain-kit.ts';
import { describeBurst, describeProgress, shortNews } from '../../../bin/first-run/describe-progress.ts';
import { workIn } from '../../../bin/first-run/find-twin.ts';
import { readOptions } from '../../../bin/first-run/options.ts';
import { checkBundles } from '../../../bin/first-run/proof-step.ts';
import { layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import type { ExecutionVerdict } from '../../../lib/gates/execution-verdict.ts';
import { planSegmentRun } from '../../../lib/operator/plan-segment-run.ts';
import { executionIdSchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../../lib/vocabulary/instant.ts';
import { refusedWith } from '../../support/refused-with.ts';
import { sampleContent, writeBundle } from '../../support/sample-bundle.ts';

const noon = Date.parse('2026-02-21T12:00:00.000Z');
const segmentIntent = (second: number, seed: string) =>
  planSegmentRun({
    environment: 'local',
    executionId: executionIdSchema.parse(`segment-5a_20260221T12000${second}Z`),
    runId: runIdSchema.parse(`platform_20260221T12000${second}Z`),
    taskDefinition: `definition:${second}`,
    plan: {
      runsRoot: '/runs',
      world: `/runs/worlds/small-${seed}`,
      scenarioIds: ['baseline_v1', 'stress_v1'],
      partitions: 1,
    },
    deadline: instantFromMillis(noon + 600_000 + second),
    now: noon,
    relaunchWaitSeconds: second,
  }).intent;

test('the work of an intent is its parameters alone: clocks, names and definitions are not', () => {
  assert.equal(workIn(segmentIntent(1, '42')), workIn(segmentIntent(2, '42')));
  assert.notEqual(workIn(segmentIntent(1, '42')), workIn(segmentIntent(1, '43')));
  assert.equal(workIn(new TextEncoder().encode('{"schema":"fraud-platform/one-shot-input/v1"}')), undefined);
});

test('a verdict other than PASS ends the chain: with what the task told, else with the exit of the verdict', () => {
  const executionId = executionIdSchema.parse('burst_20260221T060431Z');
  const verdict = (change: Partial<ExecutionVerdict>): ExecutionVerdict => ({
    verdict: 'FAIL',
    cause: 'deadline',
    reasons: ['the record says so'],
    exitCode: 124,
    launches: [],
    ...change,
  });
  requirePass({ executionId }, { verdict: verdict({ verdict: 'PASS', exitCode: 0 }), results: [] });
  assert.throws(
    () => requirePass({ executionId }, { verdict: verdict({}), results: [] }),
    (error: Error) => {
      refusedWith('STEP_NOT_PROVEN')(error);
      assert.match(JSON.stringify(error), /"exit":"deadline"/);
      return true;
    },
  );
  const unknown = verdict({ verdict: 'INDETERMINATE', reasons: [], exitCode: 1 });
  assert.throws(
    () => requirePass({ executionId }, { verdict: unknown, results: [] }),
    (error: Error) => /"exit":"internal"/.test(JSON.stringify(error)),
  );
});

test('every copy of every bundle is checked; a changed byte, another bundle or a flag of no PASS is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'proof-'));
  try {
    const bundle = layOutBundle(sampleContent());
    const folders = [join(folder, 'one'), join(folder, 'other')];
    for (const copy of folders) await writeBundle(copy, bundle);
    const { signal } = new AbortController();
    const check = (digest: string) => checkBundles([{ what: 'sample', digest, folders }], () => {}, signal);
    const proof = await check(bundle.digest);
    assert.equal(proof.bundles, 1);
    assert.equal(proof.copies, 2);
    assert.ok(proof.files >= 2 * 6);
    await assert.rejects(check('0'.repeat(64)), refusedWith('EVIDENCE_BROKEN'));

    const item = join(folder, 'other', 'data', 'verdict.json');
    const content = await readFile(item);
    await writeFile(
      item,
      content.map((byte, index) => (index === 3 ? byte ^ 1 : byte)),
    );
    await assert.rejects(check(bundle.digest), refusedWith('EVIDENCE_BROKEN'));
    await writeFile(item, content);
    await check(bundle.digest);

    const failed = layOutBundle(sampleContent({ verdict: { result: 'FAIL', reasons: ['so it was'] } }));
    await writeBundle(join(folder, 'failed'), failed);
    const bundles = [{ what: 'failed', digest: failed.digest, folders: [join(folder, 'failed')] }];
    await assert.rejects(
      checkBundles(bundles, () => {}, signal),
      refusedWith('EVIDENCE_BROKEN'),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('progress says how far a task is, and nothing of what only programs read', () => {
  const log = (fields: object) =>
    describeProgress({ kind: 'log', at: noon, launchKey: 'x', taskArn: 'x', line: JSON.stringify(fields) });
  assert.equal(log({ event: 'progress', state: 'S4', done: 3, total: 8 }), 'S4 37 %');
  assert.equal(
    log({ event: 'phase', state: 'S5', lane: 'recomposition_checks', rows: 497_280 }),
    'S5 recomposition checks, 497,280 rows',
  );
  assert.equal(log({ event: 'started' }), undefined);
  for (const line of ['@result {}', '{', 'plain']) {
    assert.equal(describeProgress({ kind: 'log', at: noon, launchKey: 'x', taskArn: 'x', line }), undefined);
  }
  const gate = { kind: 'state-entered', at: noon, state: 'GateUp', type: 'Task' } as const;
  assert.equal(describeProgress(gate), 'the gate comes up');
  assert.match(describeProgress({ ...gate, state: 'Lanes', type: 'Map' }) ?? '', /^the lanes verify/);
  assert.match(
    describeProgress({ kind: 'unreachable', since: noon, why: 'ECONNREFUSED' }) ?? '',
    /ECONNREFUSED.*still asking/,
  );

  assert.equal(
    shortNews('started query_20260221T060450Z in local, run platform_20260221T060431Z, deadline 2026'),
    'started query_20260221T060450Z',
  );
  assert.equal(shortNews('migrating the database'), 'migrating the database');

  const describe = describeBurst();
  const lane = (at: number, number: number, admitted: number) =>
    describe({
      kind: 'log',
      at,
      launchKey: 'x',
      taskArn: 'x',
      line: JSON.stringify({
        ...{ event: 'progress', lane: number, sent: admitted, acknowledged: admitted, admitted },
        ...{ duplicates: 0, quarantined: 0, in_flight: 0, p50_ms: 8, p99_ms: 26 + number, left_seconds: 3 },
      }),
    });
  assert.equal(lane(noon, 0, 200), '200 admitted, 0/s, p99 26 ms, 3 s left');
  assert.equal(lane(noon + 10, 1, 300), undefined);
  assert.equal(lane(noon + 1_000, 0, 700), '1,000 admitted, 800/s, p99 27 ms, 3 s left');
});

test('options have defaults; help ends well, and what is not understood is a usage error', (context) => {
  context.mock.method(process.stdout, 'write', () => true);
  context.mock.method(process.stderr, 'write', () => true);
  assert.deepEqual({ ...Object(readOptions([])) }, { scale: 'small', seed: '42', json: false });
  assert.deepEqual(
    { ...Object(readOptions(['--scale', 'full', '--json'])) },
    { scale: 'full', seed: '42', json: true },
  );
  assert.equal(readOptions(['--help']), 0);
  assert.equal(readOptions(['--scal', 'full']), 64);
  assert.equal(readOptions(['full']), 64);
});
