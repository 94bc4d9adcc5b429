import assert from 'node:assert/strict';
import { cp, glob, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import { merchantZoneProfile, merchantZoneScenarioLocal } from '../../../../lib/segment-5a/datasets.ts';
import {
  f64Values,
  i32Values,
  strings,
  textOf,
  u64Values,
} from '../../../../lib/segment-5a/frame/table-access.ts';
import { contentDigest } from '../../../../lib/tables/content-digest.ts';
import { readTable } from '../../../../lib/tables/read-table.ts';
import { sealWorld } from '../make-world.ts';
import { oracleFactor } from '../oracle/overlay-oracle.ts';
import { eventfulWorld, eventsOfEveryKind, runStates } from '../s5/run.ts';
import { shippedPolicies } from '../shipped-policies.ts';
import { calendarOf, oracleEventOf } from './calendars.ts';

const root = await mkdtemp(join(tmpdir(), 'run-s4-'));
const worlds: string[] = [];
after(async () => {
  for (const folder of [root, ...worlds]) await rm(folder, { recursive: true, force: true });
});
const world = await sealWorld(eventfulWorld());
worlds.push(world);
const runs = join(root, 'runs');
await runStates(world, runs, ['S0', 'S1', 'S2', 'S3']);
const divided = join(root, 'divided');
await cp(runs, divided, { recursive: true });
const done = await runStates(world, runs, ['S4']);

async function filesOf(folder: string, pattern: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const path of glob(pattern, { cwd: folder })) found.push(path);
  return found.sort();
}

test('any division of the work gives the same files, byte for byte, and a rerun is identical', async () => {
  for (const index of [2, 0, 1]) await runStates(world, divided, ['S4'], { index, count: 3 });
  const files = await filesOf(runs, '**/merchant_zone_{scenario,overlay}*/**/*.parquet');
  assert.equal(files.length, 2 * 3 * 8);
  assert.deepEqual(await filesOf(divided, '**/merchant_zone_{scenario,overlay}*/**/*.parquet'), files);
  for (const file of files) {
    assert.equal(
      sha256Of(await readFile(join(divided, file))),
      sha256Of(await readFile(join(runs, file))),
      file,
    );
  }
  const again = await runStates(world, runs, ['S4']);
  assert.equal(again.states[0]?.publication, 'identical');
});

test('every row of the local surface is λ_base times the oracle’s factor; the receipt’s logical digest is the table’s', async () => {
  const { scenario_overlay: overlay, overlay_ordering: ordering } = await shippedPolicies();
  const [profilePath = ''] = await filesOf(runs, '**/merchant_zone_profile_5A.parquet');
  const profile = await readTable(join(runs, profilePath), merchantZoneProfile.table);
  const classes = new Map(
    Array.from(u64Values(profile, 'merchant_id'), (id, row) => [
      id,
      textOf(strings(profile, 'demand_class'), row),
    ]),
  );
  const events = eventsOfEveryKind.map(oracleEventOf);
  const horizon = { start: Date.parse('2026-01-01') / 60_000, bucketMinutes: 60 };
  const logical = new Map(
    done.states[0]?.outcome.publications.flatMap(({ receipt }) =>
      receipt.files.map((file) => [file.path, file.logical_sha256] as const),
    ),
  );
  let [rows, moved] = [0, 0];
  for (const path of await filesOf(
    done.runFolder,
    '**/merchant_zone_scenario_local/*/scenario_id=baseline_v1/**/*.parquet',
  )) {
    const table = await readTable(join(done.runFolder, path), merchantZoneScenarioLocal.table);
    assert.equal(contentDigest(merchantZoneScenarioLocal.table, table), logical.get(path));
    const factors = f64Values(table, 'overlay_factor_total');
    const buckets = i32Values(table, 'local_horizon_bucket_index');
    const merchants = u64Values(table, 'merchant_id');
    for (let row = 0; row < table.rows; row += 1) {
      const merchantId = merchants[row] ?? 0n;
      const scope = {
        merchantId,
        country: textOf(strings(table, 'legal_country_iso'), row),
        tzid: textOf(strings(table, 'tzid'), row),
        demandClass: classes.get(merchantId) ?? '',
      };
      const wanted = oracleFactor(scope, buckets[row] ?? 0, events, horizon, { overlay, ordering });
      if (factors[row] !== wanted) assert.fail(`row ${row}: ${factors[row]}, the oracle has ${wanted}`);
      if (wanted !== 1) moved += 1;
    }
    rows += table.rows;
  }
  assert.equal(rows, profile.rows * 336);
  assert.ok(moved > rows / 50, `${moved} of ${rows} rows have an event`);
});

test('rails left by too many rows end the state before anything is published', async () => {
  const hour = (at: number) => Date.parse('2026-01-01') / 60_000 + at * 60;
  const high = calendarOf([
    { type: 'CAMPAIGN', shape: 'constant', amplitude: 2.5, start: hour(0), end: hour(300) },
    { type: 'PAYDAY', shape: 'constant', amplitude: 1.6, country: 'US', start: hour(0), end: hour(300) },
  ]);
  const tables = eventfulWorld();
  const loud = await sealWorld({ ...tables, calendars: { ...tables.calendars, baseline_v1: high } });
  worlds.push(loud);
  const folder = join(root, 'loud');
  await assert.rejects(runStates(loud, folder, ['S0', 'S1', 'S2', 'S3', 'S4']), {
    name: 'S4_OVERLAY_EVAL_FAILED',
  });
  assert.deepEqual(await filesOf(folder, '**/merchant_zone_{scenario,overlay}*/**/*'), []);
  const [run = ''] = await readdir(folder);
  assert.ok(!(await readdir(join(folder, run, 'data/layer2/5A/receipts'))).includes('state=S4'));
});

test('a baseline altered after S3 published it is refused', async () => {
  const copy = join(root, 'altered');
  await cp(runs, copy, { recursive: true });
  for (const path of await filesOf(copy, '**/receipts/state=S4'))
    await rm(join(copy, path), { recursive: true });
  const [baseline = ''] = await filesOf(copy, '**/merchant_zone_baseline_local/**/*.parquet');
  await writeFile(join(copy, baseline), 'PAR1');
  await assert.rejects(runStates(world, copy, ['S4']), { name: 'S4_GATE_OR_S3_INVALID' });
});
