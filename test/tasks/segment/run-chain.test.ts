import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { merchantZoneBaseline, merchantZoneProfile } from '../../../lib/segment-5a/datasets.ts';
import type { PhaseMarker } from '../../../lib/segment-5a/frame/phases.ts';
import { lanes } from '../../../lib/segment-5a/frame/phases.ts';
import { receiptSchema } from '../../../lib/segment-5a/frame/receipt.ts';
import type { SegmentResult } from '../../../lib/segment-5a/frame/run-segment.ts';
import { stageRun } from '../../../lib/segment-5a/frame/stage-run.ts';
import { contentDigest } from '../../../lib/tables/content-digest.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import { PlatformError } from '../../../lib/vocabulary/failure.ts';
import { smallWorld, type WorldTables } from '../../lib/segment-5a/make-world.ts';
import { policyFolder } from '../../lib/segment-5a/shipped-policies.ts';
import { type Ground, onGround, runStates } from './run-states.ts';

const early = ['S0', 'S1', 'S2', 'S3'] as const;
const world = smallWorld(24);

async function files(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const outputsOf = (result: SegmentResult) =>
  result.states.flatMap(({ outcome }) => outcome.publications.flatMap(({ receipt }) => receipt.files));

async function refusalOf(work: Promise<unknown>) {
  const error = await work.then(
    () => assert.fail('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof PlatformError, String(error));
  return { ...error.failure, exitCode: error.exitCode };
}

const onGoodGround = (use: (ground: Ground) => Promise<void>) => onGround(world, {}, use);

/** One finished run; tests that spoil theirs work on copies of it. */
const template = await mkdtemp(join(tmpdir(), 'template-'));
const templateGround: Ground = { world: join(template, 'world'), runsRoot: join(template, 'runs') };
await onGoodGround(async (ground) => {
  await runStates(ground, early);
  await cp(ground.world, templateGround.world, { recursive: true });
  await cp(ground.runsRoot, templateGround.runsRoot, { recursive: true });
});
const finished = await runStates(templateGround, ['S0', 'S1', 'S2', 'S3']);
after(() => rm(template, { recursive: true, force: true }));

async function onFinishedGround(use: (ground: Ground, run: SegmentResult) => Promise<void>): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'finished-'));
  try {
    await cp(template, copy, { recursive: true });
    const ground = { world: join(copy, 'world'), runsRoot: join(copy, 'runs') };
    await use(ground, { ...finished, runFolder: join(ground.runsRoot, finished.runId) });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

test('S0 to S3 publish, and running again finds everything identical', () =>
  onGoodGround(async (ground) => {
    const first = await runStates(ground, early);
    assert.deepEqual(
      first.states.map(({ state, publication }) => [state, publication]),
      early.map((state) => [state, 'published']),
    );
    const before = await files(first.runFolder);
    const second = await runStates(ground, early);
    assert.ok(second.states.every(({ publication }) => publication === 'identical'));
    assert.deepEqual(await files(first.runFolder), before);
    assert.ok(!before.some((path) => path.startsWith('tmp/')));
  }));

test('the same world gives the same bytes under another root, and another world another run', () =>
  onGoodGround(async (ground) => {
    const one = await runStates(ground, early);
    await onGoodGround(async (elsewhere) => {
      const other = await runStates(elsewhere, early);
      assert.equal(other.runId, one.runId);
      assert.deepEqual(outputsOf(other), outputsOf(one));
    });
    await onGround(smallWorld(23), {}, async (elsewhere) => {
      const other = await runStates(elsewhere, ['S0']);
      assert.notEqual(other.runId, one.runId);
    });
  }));

test('λ of the baseline add up to the weekly volume, row by row, through the files', () =>
  onGoodGround(async (ground) => {
    const result = await runStates(ground, early);
    const outputs = outputsOf(result);
    const profilePath = outputs.find(({ dataset }) => dataset === merchantZoneProfile.table.name)?.path ?? '';
    const profile = await readTable(join(result.runFolder, profilePath), merchantZoneProfile.table);
    const weekly = new Map<string, number>();
    const key = (table: typeof profile, row: number) =>
      ['merchant_id', 'legal_country_iso', 'tzid']
        .map((name) => {
          const column = table.columns.get(name);
          return column?.type === 'string' ? column.dictionary[column.codes[row] ?? 0] : column?.values[row];
        })
        .join('|');
    const volumes = profile.columns.get('weekly_volume_expected');
    assert.ok(volumes?.type === 'f64');
    for (let row = 0; row < profile.rows; row += 1) weekly.set(key(profile, row), volumes.values[row] ?? 0);
    let rows = 0;
    for (const file of outputs.filter(({ dataset }) => dataset === merchantZoneBaseline.table.name)) {
      const baseline = await readTable(join(result.runFolder, file.path), merchantZoneBaseline.table);
      assert.equal(baseline.rows, file.rows);
      // What is digested is what was written.
      assert.equal(contentDigest(merchantZoneBaseline.table, baseline), file.logical_sha256);
      const lambda = baseline.columns.get('lambda_local_base');
      assert.ok(lambda?.type === 'f64');
      for (let row = 0; row < baseline.rows; row += 168) {
        const sum = lambda.values.subarray(row, row + 168).reduce((total, value) => total + value, 0);
        const expected = weekly.get(key(baseline, row)) ?? Number.NaN;
        assert.ok(Math.abs(sum - expected) <= 1e-9 * Math.max(1, expected), key(baseline, row));
        weekly.delete(key(baseline, row));
      }
      rows += baseline.rows;
    }
    assert.equal(weekly.size, 0);
    assert.equal(rows, profile.rows * 168);
  }));

test('phase markers have the lanes of the reference in order, and the report repeats them', () =>
  onGoodGround(async (ground) => {
    const markers: PhaseMarker[] = [];
    const report = (event: string, fields: object) => {
      // The marker is what a report of this event carries.
      if (event === 'phase') markers.push(fields as PhaseMarker);
    };
    const result = await runStates(ground, early, { report });
    for (const state of early) {
      const own = markers.filter((marker) => marker.state === state);
      assert.deepEqual(
        own.map(({ lane }) => lane),
        lanes[state],
      );
      assert.ok(
        own.every(({ seconds, elapsed, segment }) => seconds >= 0 && elapsed >= seconds && segment === '5A'),
      );
      const path = `reports/layer2/5A/state=${state}/manifest_fingerprint=${result.manifestFingerprint}/run_report.json`;
      const text = await readFile(join(result.runFolder, path), 'utf8');
      const written = JSON.parse(text);
      assert.equal(written.status, 'PASS');
      assert.equal(written.error, null);
      assert.deepEqual(written.phases, own);
      assert.equal(written.tz_database_version, '2026c');
      assert.ok(written.durations.wall_ms > 0 && written.peak_rss_bytes > 1e6);
      assert.ok(text.endsWith('}\n'));
    }
  }));

test('nothing that is digested names this machine or the time', () =>
  onGoodGround(async (ground) => {
    const result = await runStates(ground, early);
    for (const path of (await files(result.runFolder)).filter((one) => one.startsWith('data/'))) {
      const text = await readFile(join(result.runFolder, path), 'latin1');
      for (const trace of [ground.world, ground.runsRoot, result.runId, 'created_utc']) {
        assert.ok(!text.includes(trace), `${path} holds ${trace}`);
      }
    }
  }));

/** What is done to a run after S0 … S3, what is run then, the code and exit of the refusal. */
const tampering: readonly (readonly [
  string,
  (result: SegmentResult, ground: Ground) => Promise<void>,
  'S0' | 'S1' | 'S2' | 'S3',
  string,
  number,
])[] = [
  [
    'a published table altered',
    (run) => appendFile(pathOf(run, merchantZoneProfile.table.name), 'x'),
    'S1',
    'S1_OUTPUT_CONFLICT',
    exitCodes.conflict,
  ],
  [
    'a published table removed',
    (run) => rm(pathOf(run, merchantZoneProfile.table.name)),
    'S1',
    'S1_OUTPUT_CONFLICT',
    exitCodes.conflict,
  ],
  [
    'an input altered after S1',
    (run) => appendFile(pathOf(run, merchantZoneProfile.table.name), 'x'),
    'S2',
    'S2_GATE_OR_S1_INVALID',
    exitCodes.data,
  ],
  [
    'an input cut off after S2',
    (run) => truncate(pathOf(run, 'class_zone_shape_5A'), 100),
    'S3',
    'S3_GATE_OR_S2_INVALID',
    exitCodes.data,
  ],
  [
    'an input removed after S2',
    (run) => rm(pathOf(run, 'class_zone_shape_5A')),
    'S3',
    'S3_GATE_OR_S2_INVALID',
    exitCodes.data,
  ],
  [
    'the gate receipt edited',
    (run) => edit(pathOf(run, 's0_gate_receipt_5A'), '2026c', '2026d'),
    'S0',
    'S0_OUTPUT_CONFLICT',
    exitCodes.conflict,
  ],
  [
    'the sealed inputs edited',
    (run) => edit(pathOf(run, 'sealed_inputs_5A'), '"version":"v1"', '"version":"v2"'),
    'S1',
    'S1_GATE_RECEIPT_INVALID',
    exitCodes.data,
  ],
  [
    'the sealed inputs of another run',
    (run) => edit(pathOf(run, 'sealed_inputs_5A'), run.manifestFingerprint, '0'.repeat(64)),
    'S2',
    'S2_GATE_OR_S1_INVALID',
    exitCodes.data,
  ],
  [
    'a gate receipt that is no JSON',
    (run) => writeFile(pathOf(run, 's0_gate_receipt_5A'), 'PASS'),
    'S3',
    'S3_GATE_OR_S2_INVALID',
    exitCodes.data,
  ],
  [
    'a receipt edited',
    async (run) => edit(await receiptOf(run, 'S1'), '"spec_version":"1.0.0"', '"spec_version":"1.1.0"'),
    'S1',
    'S1_OUTPUT_CONFLICT',
    exitCodes.conflict,
  ],
  [
    'a receipt that is malformed',
    async (run) => edit(await receiptOf(run, 'S1'), '"state":"S1"', '"state":"S9"'),
    'S2',
    'S1_RECEIPT_INVALID',
    exitCodes.data,
  ],
  [
    'the run receipt of another world',
    (run) => edit(join(run.runFolder, 'run_receipt.json'), run.manifestFingerprint, '1'.repeat(64)),
    'S1',
    'S0_RUN_CONTEXT_INVALID',
    exitCodes.data,
  ],
  [
    'a table of the world altered',
    (_, { world: folder }) => appendFile(join(folder, 'data/merchants.parquet'), 'x'),
    'S1',
    'S0_UPSTREAM_NOT_PASS',
    exitCodes.data,
  ],
  [
    'a file added to the world',
    (_, { world: folder }) => writeFile(join(folder, 'data/more.parquet'), 'x'),
    'S1',
    'S0_UPSTREAM_NOT_PASS',
    exitCodes.data,
  ],
  [
    'the flag of the world removed',
    (_, { world: folder }) => rm(join(folder, '_passed.flag')),
    'S1',
    'S0_UPSTREAM_NOT_PASS',
    exitCodes.data,
  ],
];

function pathOf(run: SegmentResult, dataset: string): string {
  const file = outputsOf(run).find((output) => output.dataset === dataset);
  assert.ok(file, dataset);
  return join(run.runFolder, file.path);
}

async function receiptOf(run: SegmentResult, state: string): Promise<string> {
  const path = (await files(run.runFolder)).find((one) => one.includes(`receipts/state=${state}/`));
  assert.ok(path);
  return join(run.runFolder, path);
}

async function edit(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  assert.ok(text.includes(from), `${path} does not hold ${from}`);
  await rm(path);
  await writeFile(path, text.replace(from, to));
}

for (const [name, tamper, state, code, exit] of tampering) {
  test(`${name}: ${code}`, () =>
    onFinishedGround(async (ground, result) => {
      await tamper(result, ground);
      const before = await files(result.runFolder);
      const refusal = await refusalOf(runStates(ground, [state]));
      assert.equal(refusal.code, code, refusal.message);
      assert.equal(refusal.exitCode, exit);
      assert.ok(refusal.where !== undefined && refusal.remedy.length > 0);
      assert.deepEqual(await files(result.runFolder), before);
    }));
}

test('a world that is nothing like one is warned about, in the outcome and in the report, and is no failure', () =>
  onGround(smallWorld(6), {}, async (ground) => {
    const result = await runStates(ground, ['S0', 'S1']);
    const { warnings } = result.states[1]?.outcome ?? assert.fail('no S1');
    assert.ok(warnings.length > 0);
    assert.deepEqual([...new Set(warnings.map(({ code }) => code))], ['S1_REALISM']);
    assert.match(warnings[0]?.message ?? '', /: .* is at .*, the policy says /);
    const path = (await files(result.runFolder)).find(
      (one) => one.startsWith('reports/') && one.includes('state=S1'),
    );
    const report = JSON.parse(await readFile(join(result.runFolder, path ?? ''), 'utf8'));
    assert.equal(report.status, 'PASS');
    assert.equal(report.warnings.length, warnings.length);
  }));

test('a state before which nothing was run is refused and says what to run', () =>
  onGoodGround(async (ground) => {
    for (const [state, code] of [
      ['S1', 'S1_GATE_RECEIPT_INVALID'],
      ['S2', 'S2_GATE_OR_S1_INVALID'],
      ['S3', 'S3_GATE_OR_S2_INVALID'],
    ] as const) {
      const refusal = await refusalOf(runStates(ground, [state]));
      assert.equal(refusal.code, code);
      assert.match(refusal.message, /S0 has not sealed/);
    }
    await runStates(ground, ['S0']);
    assert.match((await refusalOf(runStates(ground, ['S2']))).remedy, /Run S1 first/);
  }));

test('other policies are another run; the old one stays as it was', () =>
  onGoodGround(async (ground) => {
    const first = await runStates(ground, early);
    const folder = await mkdtemp(join(tmpdir(), 'policies-'));
    try {
      await cp(policyFolder, folder, { recursive: true });
      await appendFile(join(folder, 'demand_scale.yaml'), '# a comment\n');
      const second = await runStates(ground, early, { policies: folder });
      assert.notEqual(second.parameterHash, first.parameterHash);
      assert.notEqual(second.runId, first.runId);
      const refusal = await refusalOf(runStates(ground, ['S1'], { policies: folder, runId: first.runId }));
      assert.equal(refusal.code, 'S0_RUN_CONTEXT_INVALID');
    } finally {
      await rm(folder, { recursive: true });
    }
  }));

test('a staged candidate has what came before, nothing of the rest, and ends with the same content', () =>
  onFinishedGround(async (ground, original) => {
    const staged = await stageRun(ground.runsRoot, original.runId, 'S2', 1_770_000_000_000_000_000n);
    assert.notEqual(staged.runId, original.runId);
    assert.deepEqual(staged.states, ['S0', 'S1']);
    const own = await files(staged.runFolder);
    assert.ok(own.some((path) => path.includes('merchant_zone_profile_5A')));
    assert.ok(!own.some((path) => path.includes('class_zone_shape') || path.startsWith('reports/')));
    const sameMoment = await stageRun(ground.runsRoot, original.runId, 'S2', 1_770_000_000_000_000_000n);
    assert.notEqual(sameMoment.runId, staged.runId);
    assert.equal(sameMoment.files, staged.files);
    assert.deepEqual(await files(staged.runFolder), own);
    const linked = await stat(pathOf(original, merchantZoneProfile.table.name));
    assert.ok(linked.nlink >= 2);
    const rerun = await runStates(ground, ['S2', 'S3'], { runId: staged.runId });
    assert.ok(rerun.states.every(({ publication }) => publication === 'published'));
    const expected = outputsOf(original).filter(({ path }) =>
      outputsOf(rerun).some((one) => one.path === path),
    );
    assert.deepEqual(outputsOf(rerun), expected);
    const nobody = await refusalOf(stageRun(ground.runsRoot, staged.runId, 'S5', 1n));
    assert.equal(nobody.code, 'STAGE_INCOMPLETE');
  }));

test('a run that lacks a committed file is not staged: the file is named, and no candidate is left', () =>
  onFinishedGround(async (ground, original) => {
    const gone = pathOf(original, merchantZoneProfile.table.name);
    await rm(gone);
    const before = await readdir(ground.runsRoot);
    const refusal = await refusalOf(stageRun(ground.runsRoot, original.runId, 'S2', 1n));
    assert.deepEqual([refusal.code, refusal.exitCode], ['STAGE_INCOMPLETE', exitCodes.data]);
    assert.equal(refusal.where, gone);
    assert.deepEqual(await readdir(ground.runsRoot), before);
  }));

test('files without a receipt were never committed: the next run replaces them', () =>
  onFinishedGround(async (ground, first) => {
    await rm(await receiptOf(first, 'S3'));
    await writeFile(pathOf(first, 'class_zone_baseline_local_5A'), 'half a file');
    const again = await runStates(ground, ['S3']);
    assert.equal(again.states[0]?.publication, 'published');
    assert.deepEqual(
      outputsOf(again),
      outputsOf(first).filter(({ path }) => path.includes('baseline_local')),
    );
  }));

test('two runs of one world at the same time: both end well, one set of outputs', () =>
  onGoodGround(async (ground) => {
    const [one, other] = await Promise.all([runStates(ground, early), runStates(ground, early)]);
    assert.deepEqual(outputsOf(one), outputsOf(other));
    const receipt = receiptSchema.parse(JSON.parse(await readFile(await receiptOf(one, 'S3'), 'utf8')));
    assert.deepEqual(receipt.files, one.states[3]?.outcome.publications[0]?.receipt.files);
  }));

test('a run that is told to stop does not begin the next state', () =>
  onGoodGround(async (ground) => {
    const controller = new AbortController();
    const report = (event: string) => {
      if (event === 'state-finished') controller.abort(new Error('stop'));
    };
    await assert.rejects(runStates(ground, early, { signal: controller.signal, report }), /stop/);
    const done = await runStates(ground, early);
    assert.deepEqual(
      done.states.map(({ publication }) => publication),
      ['identical', 'published', 'published', 'published'],
    );
  }));

const badRequests: readonly (readonly [string, Parameters<typeof runStates>[2], RegExp])[] = [
  ['an unknown scenario', { scenarioIds: ['nobody_v1'] }, /scenario_ids nobody_v1/],
  ['no partition', { partition: { index: 0, count: 0 } }, /partition.count 0/],
  ['more partitions than merchant buckets', { partition: { index: 0, count: 9 } }, /partition.count 9/],
  ['a partition that is not there', { partition: { index: 2, count: 2 } }, /partition.index 2/],
  ['a relative runs root', { runsRoot: 'runs' }, /runs_root runs/],
  ['no state', { states: [] }, /states/],
];

for (const [name, request, says] of badRequests) {
  test(`${name} is refused before anything is made`, () =>
    onGoodGround(async (ground) => {
      const refusal = await refusalOf(runStates(ground, early, request));
      assert.equal(refusal.exitCode, exitCodes.usage);
      assert.match(`${refusal.where} ${refusal.value}`, says);
      assert.deepEqual(await readdir(ground.runsRoot), []);
    }));
}

test('a world of one merchant and one zone runs', () => {
  const one: WorldTables = smallWorld(1);
  return onGround(one, {}, async (ground) => {
    const result = await runStates(ground, early);
    assert.equal(result.states[3]?.outcome.counts.baseline_rows, one.zoneAlloc.rows * 168);
  });
});
