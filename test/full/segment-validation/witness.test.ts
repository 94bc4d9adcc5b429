import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { datasetPath } from '../../../lib/segment-5a/dataset.ts';
import { merchantZoneScenarioLocal } from '../../../lib/segment-5a/datasets.ts';
import { f64Values, i32Values } from '../../../lib/segment-5a/frame/table-access.ts';
import { readTableUnchecked } from '../../../lib/tables/read-table.ts';
import { withColumn } from './changes.ts';
import { createSpoilableRun, keyOf } from './spoilable-run.ts';

const { manifestFingerprint, copyOfRun, tamper, validate, bundleOf, refusedReport } =
  await createSpoilableRun();

type Witness = {
  readonly scenarios: readonly {
    readonly scenario_id: string;
    readonly rows: readonly Readonly<Record<string, string | number | null>>[];
  }[];
};

async function witnessOf(bundle: string): Promise<Witness> {
  return JSON.parse(await readFile(join(bundle, 'data/reports/witness_5A.json'), 'utf8'));
}

/** λ and F of every row of the local surface of a scenario, by key. */
async function localValues(
  folder: string,
  scenario: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const values = new Map<string, readonly number[]>();
  for (let bucket = 0; bucket < 8; bucket += 1) {
    const partition = { scenario_id: scenario, mbucket: `0${bucket}` };
    const path = datasetPath(merchantZoneScenarioLocal, {
      manifest_fingerprint: manifestFingerprint,
      ...partition,
    });
    const table = await readTableUnchecked(join(folder, path), merchantZoneScenarioLocal.table);
    const [lambda, factor] = ['lambda_local_scenario', 'overlay_factor_total'].map((name) =>
      f64Values(table, name),
    );
    const hours = i32Values(table, 'local_horizon_bucket_index');
    for (let row = 0; row < table.rows; row += 1) {
      const own = [lambda?.[row] ?? Number.NaN, factor?.[row] ?? Number.NaN];
      values.set(`${keyOf(table, row)}|${hours[row]}`, own);
    }
  }
  return values;
}

test('the witness of a run shows each row as the surface has it, and as it is computed again', async () => {
  const runs = await copyOfRun();
  const { runFolder } = await validate(runs);
  const { scenarios } = await witnessOf(bundleOf(runs));
  assert.deepEqual(
    scenarios.map(({ scenario_id }) => scenario_id),
    ['baseline_v1', 'stress_v1'],
  );
  for (const { scenario_id, rows } of scenarios) {
    const values = await localValues(runFolder, scenario_id);
    assert.equal(rows.length, 2_048);
    // Some of each kind, or nothing is shown by their being equal.
    assert.ok(rows.some(({ lambda_local_scenario: lambda }) => Number(lambda) > 0));
    assert.ok(rows.some(({ overlay_factor_total: factor }) => factor !== 1));
    for (const row of rows) {
      const key = `${row.merchant_id}|${row.legal_country_iso}|${row.tzid}|${row.local_horizon_bucket_index}`;
      assert.deepEqual([row.lambda_local_scenario, row.overlay_factor_total], values.get(key), key);
      assert.equal(row.expected_lambda_local_scenario, row.lambda_local_scenario, key);
      assert.equal(row.expected_overlay_factor_total, row.overlay_factor_total, key);
    }
  }
});

test('the witness of a run that lies shows what it says beside what it should, and fails', async () => {
  const runs = await copyOfRun();
  await tamper(runs, merchantZoneScenarioLocal, ({ table }) => {
    const values = f64Values(table, 'lambda_local_scenario').map(() => Number.NaN);
    return withColumn(table, 'lambda_local_scenario', { type: 'f64', values });
  });
  const report = await refusedReport(runs);
  assert.ok(report.blocking_reasons.includes('S5_WITNESS FAIL'), report.blocking_reasons.join());
  assert.ok(report.codes.includes('S5_WITNESS_DIFFERS'), report.codes.join());
  const [baseline] = (await witnessOf(report.folder)).scenarios;
  const lies = baseline?.rows.filter((row) => row.lambda_local_scenario === 'NaN') ?? [];
  assert.ok(lies.length > 0);
  assert.ok(lies.every((row) => Number(row.expected_lambda_local_scenario) >= 0));
});
