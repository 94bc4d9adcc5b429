import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Arrival } from '../../../../lib/burst/arrivals/arrival-stream.ts';
import { openSealedSurface, type SealedSurface } from '../../../../lib/burst/arrivals/sealed-surface.ts';
import { merchantZoneScenarioUtc, scenarioManifest } from '../../../../lib/segment-5a/datasets.ts';
import { type StateProgram, stateNames } from '../../../../lib/segment-5a/frame/states.ts';
import { f64Values } from '../../../../lib/segment-5a/frame/table-access.ts';
import { scenarioIdSchema } from '../../../../lib/segment-5a/identity.ts';
import { encodeStrings } from '../../../../lib/tables/columns.ts';
import { readTable } from '../../../../lib/tables/read-table.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { statePrograms } from '../../../../tasks/segment/programs.ts';
import { runS4InParts } from '../../../../tasks/segment/s4/run-s4.ts';
import { copiesOfRun } from '../../../support/copies-of-run.ts';
import { sealAsEarlier } from '../../../support/earlier-bundle.ts';
import { firstArrivals } from '../../../support/first-arrivals.ts';
import { forgeOutput } from '../../../support/forge-output.ts';
import { runStates } from '../../../tasks/segment/run-states.ts';
import { sealWorld, smallWorld } from '../../segment-5a/make-world.ts';
import { ownPolicies } from '../../segment-5a/shipped-policies.ts';

let folder: string;
let world: string;
let runFolder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealed-surface-'));
  copyOf = copiesOfRun(folder);
  world = await sealWorld(smallWorld());
  ({ runFolder } = await runStates({ world, runsRoot: join(folder, 'runs') }, stateNames));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(world, { recursive: true, force: true });
});

let copyOf: ReturnType<typeof copiesOfRun>;
const copyOfRun = () => copyOf(runFolder);

async function refused(run: string, scenario: string, code: string, value?: RegExp): Promise<void> {
  await assert.rejects(openSealedSurface(run, scenario), (error) => {
    assert.ok(isPlatformError(error), String(error));
    assert.equal(error.failure.code, code);
    if (value !== undefined) assert.match(error.failure.value ?? '', value);
    return true;
  });
}

let drawn = 0;
/** The arrivals of a lane that fall into the first hours. */
async function arrivalsUntil(surface: SealedSurface, hours: number, lane = 0, lanes = 1) {
  drawn += 1;
  return await firstArrivals(surface, join(folder, `scratch-${drawn}`), { hours, lane, lanes });
}

test('a run that passed: its scenarios, their horizon, and their own streams', async () => {
  const [baseline, stress] = [
    await openSealedSurface(runFolder, 'baseline_v1'),
    await openSealedSurface(runFolder, 'stress_v1'),
  ];
  assert.equal(baseline.windowStart, '2026-01-01T00:00:00.000000Z');
  assert.equal(baseline.windowEnd, '2026-01-15T00:00:00.000000Z');
  assert.equal(baseline.bundleDigest, stress.bundleDigest);
  assert.notEqual(baseline.sourceSha256, stress.sourceSha256);
});

test('arrivals are in time order, as many as the surface expects, the same from another copy, whole over lanes', async () => {
  const surface = await openSealedSurface(runFolder, 'baseline_v1');
  const all = await arrivalsUntil(surface, 48);
  const times = all.map(({ tsUtc }) => tsUtc);
  assert.deepEqual(times, [...times].sort());
  let expected = 0;
  for (const path of surface.files) {
    const rows = await readTable(path, merchantZoneScenarioUtc.table);
    const lambda = f64Values(rows, 'lambda_utc_scenario');
    for (let row = 0; row < rows.rows; row += 1) if (row % 336 < 48) expected += lambda[row] ?? 0;
  }
  assert.ok(expected > 100);
  // Within five standard deviations of a Poisson count.
  assert.ok(Math.abs(all.length - expected) < 5 * Math.sqrt(expected), `${all.length} of ${expected}`);
  const copy = await openSealedSurface(await copyOfRun(), 'baseline_v1');
  assert.deepEqual(await arrivalsUntil(copy, 48), all);
  const lanes = await Promise.all([0, 1, 2].map((lane) => arrivalsUntil(surface, 48, lane, 3)));
  const ids = (arrivals: readonly Arrival[]) => arrivals.map(({ eventId }) => eventId).sort();
  assert.deepEqual(ids(lanes.flat()), ids(all));
});

test('a surface in several parts a bucket sends what one in whole buckets sends', async () => {
  const inParts: StateProgram = (context, work) => runS4InParts(context, work, 5 * 336);
  const programs = { ...statePrograms, S4: async () => inParts };
  const ground = { world, runsRoot: join(folder, 'parts') };
  const { runFolder: own } = await runStates(ground, stateNames, { programs });
  const [whole, parts] = [
    await openSealedSurface(runFolder, 'baseline_v1'),
    await openSealedSurface(own, 'baseline_v1'),
  ];
  assert.equal(whole.files.length, 8);
  assert.ok(parts.files.length > 8);
  assert.deepEqual(await arrivalsUntil(parts, 24), await arrivalsUntil(whole, 24));
});

test('refused: a run without intensities by UTC', async () => {
  const policies = await ownPolicies(join(folder, 'policies-local'), {
    scenario_horizon: [['emit_utc_intensities: true', 'emit_utc_intensities: false']],
  });
  const ground = { world, runsRoot: join(folder, 'runs-local') };
  const { runFolder: local } = await runStates(ground, stateNames, { policies });
  await refused(local, 'baseline_v1', 'SURFACE_EMPTY');
});

test('refused: what is no run, a scenario that it has not, a run that S5 has not passed', async () => {
  await refused(folder, 'baseline_v1', 'SEGMENT_RUN_MISSING');
  await refused(runFolder, '../baseline', 'SEGMENT_RUN_MISSING');
  await refused(runFolder, 'nobody_v1', 'SURFACE_ALTERED', /nobody_v1/);
  const { runFolder: halfway } = await runStates({ world, runsRoot: join(folder, 'halfway') }, [
    'S0',
    'S1',
    'S2',
    'S3',
    'S4',
  ]);
  await refused(halfway, 'baseline_v1', 'BUNDLE_NOT_PASS', /missing/);
});

test('refused: a bundle without its flag, or with one byte more', async () => {
  const { run } = await openSealedSurface(runFolder, 'baseline_v1');
  const bundle = `data/layer2/5A/validation/manifest_fingerprint=${run.manifest_fingerprint}`;
  const flagless = await copyOfRun();
  await rm(join(flagless, bundle, '_passed.flag'));
  await refused(flagless, 'baseline_v1', 'BUNDLE_NOT_PASS');
  const altered = await copyOfRun();
  await appendFile(join(altered, bundle, 'manifest-sha256.txt'), '\n');
  await refused(altered, 'baseline_v1', 'BUNDLE_NOT_PASS');
});

test('refused: a surface that lost a file, or was changed after it was sealed, named', async () => {
  const surface = await openSealedSurface(runFolder, 'baseline_v1');
  const file = surface.files[0]?.slice(runFolder.length + 1) ?? '';
  const altered = await copyOfRun();
  await rm(join(altered, file));
  await cp(join(runFolder, surface.files[1]?.slice(runFolder.length + 1) ?? ''), join(altered, file));
  await refused(altered, 'baseline_v1', 'SURFACE_ALTERED', /mbucket=00/);
  await rm(join(altered, file));
  await refused(altered, 'baseline_v1', 'SURFACE_ALTERED', /mbucket=00/);
});

const thirdBucket = {
  state: 'S4',
  scenario_id: scenarioIdSchema.parse('baseline_v1'),
  mbucket: '03',
} as const;

test('refused: a surface of ten times as many arrivals, with receipt, statement and tags that agree', async () => {
  const altered = await copyOfRun();
  await forgeOutput(altered, thirdBucket, merchantZoneScenarioUtc, (table) => {
    const values = f64Values(table, 'lambda_utc_scenario').map((value) => value * 10);
    return { ...table, columns: new Map(table.columns).set('lambda_utc_scenario', { type: 'f64', values }) };
  });
  await refused(altered, 'baseline_v1', 'SURFACE_ALTERED', /mbucket=03/);
  await openSealedSurface(altered, 'stress_v1');
});

test('refused: another horizon, with receipt, statement and tags that agree', async () => {
  const altered = await copyOfRun();
  await forgeOutput(altered, { state: 'S0' }, scenarioManifest, (table) => {
    const starts = encodeStrings(Array.from({ length: table.rows }, () => '2026-02-01T00:00:00.000000Z'));
    return { ...table, columns: new Map(table.columns).set('horizon_start_utc', starts) };
  });
  await refused(altered, 'baseline_v1', 'SURFACE_ALTERED', /scenario_manifest/);
});

test('accepted: the same values in the bytes of another writer', async () => {
  const rewritten = await copyOfRun();
  await forgeOutput(rewritten, thirdBucket, merchantZoneScenarioUtc, (table) => table);
  const [before, after] = [
    await openSealedSurface(runFolder, 'baseline_v1'),
    await openSealedSurface(rewritten, 'baseline_v1'),
  ];
  assert.equal(after.sourceSha256, before.sourceSha256);
});

test('refused: a bundle of an earlier release, which did not say what it vouches for', async () => {
  const earlier = await copyOfRun();
  await sealAsEarlier(earlier);
  await refused(earlier, 'baseline_v1', 'BUNDLE_NOT_PASS');
});
