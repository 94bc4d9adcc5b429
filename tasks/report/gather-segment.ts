import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import type { SegmentFacts, SegmentReport } from '../../lib/reports/segment-report.ts';
import { type Dataset, datasetPath } from '../../lib/segment-5a/dataset.ts';
import {
  classZoneShape,
  merchantZoneOverlayFactors,
  merchantZoneProfile,
  merchantZoneScenarioUtc,
  scenarioManifest,
} from '../../lib/segment-5a/datasets.ts';
import { findRunReceipt, type RunReceipt } from '../../lib/segment-5a/frame/run-folder.ts';
import { countIn, type Engine, openEngine, parquetFiles } from '../../lib/segment-5a/s5/engine.ts';
import { errorCodeOf, fail } from '../../lib/vocabulary/failure.ts';
import { sha256Schema } from '../../lib/vocabulary/identifiers.ts';

/**
 * Everything that a segment run's report says, from its folder: its own run reports, the validation bundle,
 * and aggregates of its tables, made by the engine so that no row comes here. A state that has not run is
 * left out. Throws `RUN_NOT_FOUND` (64).
 */
export async function gatherSegment(runFolder: string, scratch: string): Promise<SegmentFacts> {
  const receipt = await findRunReceipt(runFolder);
  if (receipt === undefined) {
    return fail({
      exit: 'usage',
      code: 'RUN_NOT_FOUND',
      message: 'this is no folder of a segment run',
      where: runFolder,
      remedy: 'Give <runs root>/<segment run id>.',
    });
  }
  const states = await readStateReports(runFolder);
  const validation = await readValidation(runFolder, receipt);
  const engine = await openEngine(scratch);
  try {
    const scenarios = await readScenarios(engine, runFolder, receipt);
    return {
      segment_run_id: receipt.run_id,
      manifest_fingerprint: sha256Schema.parse(receipt.manifest_fingerprint),
      parameter_hash: sha256Schema.parse(receipt.parameter_hash),
      tz_database_version: states[0]?.tz ?? 'unknown',
      overall_status: validation?.overall_status ?? null,
      blocking_reasons: validation?.blocking_reasons ?? [],
      checks: (validation?.checks ?? []).map(({ check_id, status }) => ({ check_id, status })),
      issue_count: validation?.issue_count ?? 0,
      scenarios: scenarios.map(({ scenario_id }) => scenario_id),
      states: states.map(({ tz: _, ...state }) => state),
      weekly_shape: await weeklyShapes(engine, runFolder, receipt),
      scenarios_over_time: await overTime(engine, runFolder, receipt, scenarios),
      evidence: { validation_bundle_sha256: validation?.bundleDigest ?? null },
    };
  } finally {
    engine.close();
  }
}

const stateReportSchema = z.looseObject({
  state: z.string(),
  durations: z.looseObject({ wall_ms: z.number().min(0) }),
  peak_rss_bytes: z.number().min(0),
  tz_database_version: z.string(),
  counts: z.record(z.string(), z.json()).optional(),
  warnings: z.array(z.looseObject({ code: z.string() })).optional(),
  phases: z.array(z.looseObject({ lane: z.string(), seconds: z.number(), rows: z.number().nullish() })),
});

async function readStateReports(
  runFolder: string,
): Promise<readonly (SegmentReport['states'][number] & { readonly tz: string })[]> {
  const root = join(runFolder, 'reports/layer2/5A');
  const paths = await filesBelow(root, 'run_report.json');
  return await Promise.all(
    paths.map(async (path) => {
      const found = stateReportSchema.parse(JSON.parse(await readFile(join(root, path), 'utf8')));
      const part = path.split('/').slice(2, -1).join(' ');
      return {
        state: found.state,
        part: part === '' ? 'all' : part,
        seconds: found.durations.wall_ms / 1_000,
        peak_rss_bytes: found.peak_rss_bytes,
        counts: found.counts ?? {},
        phases: found.phases.map(({ lane, seconds, rows }) => ({
          lane,
          seconds: Math.max(0, seconds),
          rows: rows ?? 0,
        })),
        warnings: (found.warnings ?? []).map(({ code }) => code),
        tz: found.tz_database_version,
      };
    }),
  );
}

const validationSchema = z.looseObject({
  overall_status: z.enum(['PASS', 'FAIL']),
  blocking_reasons: z.array(z.string()),
  checks: z.array(z.looseObject({ check_id: z.string(), status: z.string() })),
  issue_count: z.int().min(0),
});

/** S5's own report: of the bundle that passed, else of one that did not. */
async function readValidation(runFolder: string, { manifest_fingerprint }: RunReceipt) {
  for (const folder of ['validation', 'validation_failed']) {
    const root = join(runFolder, 'data/layer2/5A', folder, `manifest_fingerprint=${manifest_fingerprint}`);
    const [path] = await filesBelow(root, reportInBundle);
    if (path === undefined) continue;
    const bundle = join(root, path.slice(0, -reportInBundle.length));
    return {
      ...validationSchema.parse(JSON.parse(await readFile(join(root, path), 'utf8'))),
      bundleDigest: sha256Of(await readFile(join(bundle, 'manifest-sha256.txt'))),
    };
  }
  return undefined;
}

const reportInBundle = 'data/reports/validation_report_5A.json';

type Scenario = { readonly scenario_id: string; readonly start: string };

async function readScenarios(
  engine: Engine,
  runFolder: string,
  receipt: RunReceipt,
): Promise<readonly Scenario[]> {
  const path = join(runFolder, datasetPath(scenarioManifest, partition(receipt)));
  const rows = await engine.objects(
    `select scenario_id::VARCHAR as scenario_id, horizon_start_utc::VARCHAR as start from ${parquetFiles([path])} order by 1`,
  );
  return rows.map(({ scenario_id, start }) => ({ scenario_id: String(scenario_id), start: String(start) }));
}

const partition = ({ manifest_fingerprint, parameter_hash }: RunReceipt) => ({
  manifest_fingerprint,
  parameter_hash,
});

async function weeklyShapes(
  engine: Engine,
  runFolder: string,
  receipt: RunReceipt,
): Promise<SegmentReport['weekly_shape']> {
  const [path] = await published(runFolder, receipt, classZoneShape);
  if (path === undefined) return [];
  const rows = await engine.objects(`
    with shape as (select * from ${parquetFiles([path])}),
    week as (select max(bucket_index) + 1 as buckets from shape),
    hourly as (
      select demand_class::VARCHAR as demand_class, channel_group::VARCHAR as channel_group, legal_country_iso, tzid,
        (bucket_index * 168) // buckets as hour, sum(shape_value) as share
      from shape, week group by all
    )
    select demand_class, channel_group, hour::INTEGER as hour, avg(share) as share
    from hourly group by 1, 2, 3 order by 1, 2, 3`);
  const shapes = new Map<string, SegmentReport['weekly_shape'][number]>();
  for (const row of rows) {
    const [demand_class, channel_group] = [String(row.demand_class), String(row.channel_group)];
    const key = `${demand_class} ${channel_group}`;
    const shape = shapes.get(key) ?? { demand_class, channel_group, hours: new Array<number>(168).fill(0) };
    shapes.set(key, shape);
    shape.hours[countIn(row, 'hour')] = rounded(Number(row.share));
  }
  return [...shapes.values()];
}

async function overTime(
  engine: Engine,
  runFolder: string,
  receipt: RunReceipt,
  scenarios: readonly Scenario[],
): Promise<SegmentReport['scenarios_over_time']> {
  const [profile] = await published(runFolder, receipt, merchantZoneProfile);
  const found: SegmentReport['scenarios_over_time'] = [];
  for (const { scenario_id, start } of scenarios) {
    const surfaces = await published(runFolder, receipt, merchantZoneScenarioUtc, scenario_id);
    const overlays = await published(runFolder, receipt, merchantZoneOverlayFactors, scenario_id);
    if (profile === undefined || surfaces.length === 0 || overlays.length === 0) continue;
    const intensity = await engine.objects(`
      with class as (
        select merchant_id, legal_country_iso, tzid, demand_class::VARCHAR as demand_class from ${parquetFiles([profile])}
      ), daily as (
        select merchant_id, legal_country_iso, tzid, utc_horizon_bucket_index // 24 as day, sum(lambda_utc_scenario) as expected
        from ${parquetFiles(surfaces)} group by all
      )
      select demand_class, day::INTEGER as day, sum(expected) as expected
      from daily join class using (merchant_id, legal_country_iso, tzid) group by 1, 2 order by 1, 2`);
    const overlay = await engine.objects(`
      select (local_horizon_bucket_index // 24)::INTEGER as day, min(overlay_factor_total) as minimum,
        avg(overlay_factor_total) as mean, max(overlay_factor_total) as maximum
      from ${parquetFiles(overlays)} group by 1 order by 1`);
    const classes = new Map<string, number[]>();
    for (const row of intensity) {
      const name = String(row.demand_class);
      const days = classes.get(name) ?? new Array<number>(overlay.length).fill(0);
      classes.set(name, days);
      days[countIn(row, 'day')] = rounded(Number(row.expected));
    }
    found.push({
      scenario_id,
      horizon_start_utc: start,
      total: rounded([...classes.values()].flat().reduce((sum, value) => sum + value, 0)),
      intensity: [...classes].map(([demand_class, days]) => ({ demand_class, days })),
      overlay: overlay.map((row) => ({
        minimum: rounded(Number(row.minimum)),
        mean: rounded(Number(row.mean)),
        maximum: rounded(Number(row.maximum)),
      })),
    });
  }
  return found;
}

/** Sums of an engine with several threads differ in their last bits; a report has no use for those. */
const rounded = (value: number) => Number(value.toPrecision(9));

/** Absolute paths of a dataset's published files, in order. */
async function published(
  runFolder: string,
  receipt: RunReceipt,
  dataset: Dataset,
  scenario_id = '',
): Promise<readonly string[]> {
  const label = '00';
  const example = datasetPath(dataset, { ...partition(receipt), scenario_id, mbucket: label });
  const place = example.indexOf(`mbucket=${label}`);
  if (place === -1) {
    const path = join(runFolder, example);
    return (await readFile(path).then(
      () => true,
      () => false,
    ))
      ? [path]
      : [];
  }
  const root = join(runFolder, example.slice(0, place));
  return (await filesBelow(root, 'part-0.parquet')).map((path) => join(root, path));
}

/** Paths below a folder of the files of one name, sorted; none when the folder is not there. */
async function filesBelow(root: string, name: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true }).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((path) => path === name || path.endsWith(`/${name}`)).sort();
}
