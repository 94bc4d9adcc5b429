import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { generateWorld } from '../../lib/segment-5a/worlds/generate-world.ts';
import { type OutputFiles, outputFiles } from '../bench/alternatives/segment/inputs.ts';
import { requireSameOutputs } from '../bench/alternatives/segment/same-outputs.ts';
import { runStates } from '../tasks/segment/run-states.ts';

/** A bench compares only what makes the same tables; a difference fails it. */

let root = '';
let runFolder = '';
const programs = {
  duckdb: fileURLToPath(new URL('../bench/alternatives/segment/duckdb-chain.ts', import.meta.url)),
  polars: fileURLToPath(new URL('../bench/alternatives/segment/polars-chain.ts', import.meta.url)),
};

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'alternatives-'));
  const world = join(root, 'world');
  const watch = { progress: () => undefined, signal: new AbortController().signal };
  await generateWorld('small', '7', world, watch);
  const ground = { world, runsRoot: join(root, 'runs') };
  const { runId } = await runStates(ground, ['S0', 'S1', 'S2', 'S3', 'S4'], {
    runScenarioIds: ['baseline_v1'],
  });
  runFolder = join(ground.runsRoot, runId);
  for (const [name, program] of Object.entries(programs)) {
    const { status, stderr } = spawnSync(process.execPath, [program, world, join(root, name)], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }
});
after(() => rm(root, { recursive: true, force: true }));

for (const name of ['duckdb', 'polars'] as const) {
  test(`the ${name} program makes the tables of a run, row by row`, async () => {
    const { rows, largestRelativeDifference } = await requireSameOutputs(
      runFolder,
      outputFiles(join(root, name)),
    );
    assert.ok(rows > 900_000, `${rows} rows`);
    assert.ok(largestRelativeDifference < 1e-13);
  });
}

/** Writes a file again with something changed, and says what becomes of the comparison. */
async function withChange(output: keyof OutputFiles, select: (file: string) => string): Promise<void> {
  const files = outputFiles(join(root, 'duckdb'));
  const changed = join(root, `changed-${output}.parquet`);
  const database = await (await DuckDBInstance.create(':memory:')).connect();
  await database.run(`copy (${select(`read_parquet('${files[output]}')`)}) to '${changed}' (format parquet)`);
  database.closeSync();
  await requireSameOutputs(runFolder, { ...files, [output]: changed });
}

const lastHour = 'local_horizon_bucket_index = 335';
const changes: Readonly<Record<string, readonly [keyof OutputFiles, (file: string) => string]>> = {
  'one value in a million off by a billionth': [
    'utc',
    (
      file,
    ) => `select * replace (case when lambda_utc_scenario = (select max(lambda_utc_scenario) from ${file})
      then lambda_utc_scenario * (1 + 1e-9) else lambda_utc_scenario end as lambda_utc_scenario) from ${file}`,
  ],
  'a row that is missing': ['local', (file) => `select * from ${file} offset 1`],
  'a row that stands twice': [
    'local',
    (file) => `select * from ${file} union all (select * from ${file} limit 1)`,
  ],
  'two rows under each other’s hour': [
    'factors',
    (
      file,
    ) => `select * replace (case when ${lastHour} then 0 else local_horizon_bucket_index end as local_horizon_bucket_index)
      from ${file}`,
  ],
  'a merchant under another country': [
    'baseline',
    (file) => `select * replace (case when merchant_id = (select min(merchant_id) from ${file}) then 'XX'
      else legal_country_iso end as legal_country_iso) from ${file}`,
  ],
  'another class': ['profile', (file) => `select * replace ('low_volume_tail' as demand_class) from ${file}`],
  'a factor that is no number': [
    'local',
    (
      file,
    ) => `select * replace (case when ${lastHour} then 'nan'::double else overlay_factor_total end as overlay_factor_total)
      from ${file}`,
  ],
};

for (const [what, [output, select]] of Object.entries(changes)) {
  test(`fails on ${what}`, async () => {
    await assert.rejects(withChange(output, select), /merchant_zone_/);
  });
}
