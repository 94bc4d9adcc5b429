import { join } from 'node:path';
import type { SegmentReport } from '../../lib/reports/segment-report.ts';
import type { Dataset } from '../../lib/segment-5a/dataset.ts';
import {
  classZoneShape,
  merchantZoneOverlayFactors,
  merchantZoneProfile,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
  scenarioManifest,
} from '../../lib/segment-5a/datasets.ts';
import { epochMinutes } from '../../lib/segment-5a/frame/instants.ts';
import type { Receipt } from '../../lib/segment-5a/frame/receipt.ts';
import { horizonOfBuckets } from '../../lib/segment-5a/laws/horizon.ts';
import { merchantBuckets } from '../../lib/segment-5a/laws/merchant-bucket.ts';
import { countIn, type Engine, parquetFiles } from '../../lib/segment-5a/s5/engine.ts';
import { minutesPerDay } from '../../lib/segment-5a/vocabulary.ts';

/** A scenario of a run; its horizon [start, end) as the tables write instants. */
export type Scenario = { readonly scenario_id: string; readonly start: string; readonly end: string };

/** The scenarios that S0 has published; none where it has not. */
export async function readScenarios(
  engine: Engine,
  runFolder: string,
  receipts: readonly Receipt[],
): Promise<readonly Scenario[]> {
  const paths = filesOf(runFolder, receipts, scenarioManifest);
  if (paths.length === 0) return [];
  const rows = await engine.objects(`
    select scenario_id::VARCHAR as scenario_id, horizon_start_utc::VARCHAR as start, horizon_end_utc::VARCHAR as end
    from ${parquetFiles(paths)} order by 1`);
  return rows.map(({ scenario_id, start, end }) => ({
    scenario_id: String(scenario_id),
    start: String(start),
    end: String(end),
  }));
}

/** Mean share of the local week in each hour of it, however long the buckets of the week are. */
export async function weeklyShapes(
  engine: Engine,
  runFolder: string,
  receipts: readonly Receipt[],
): Promise<SegmentReport['weekly_shape']> {
  const paths = filesOf(runFolder, receipts, classZoneShape);
  if (paths.length === 0) return [];
  // A bucket gives each hour that it touches the part of its share that lies in it.
  const rows = await engine.objects(`
    with shape as (select * from ${parquetFiles(paths)}),
    week as (select ${7 * minutesPerDay} // (max(bucket_index) + 1) as minutes from shape),
    bucket as (
      select demand_class::VARCHAR as demand_class, channel_group::VARCHAR as channel_group, legal_country_iso, tzid,
        shape_value, minutes, bucket_index * minutes as first, (bucket_index + 1) * minutes as last
      from shape, week
    ),
    touched as (select *, unnest(range(first // 60, (last + 59) // 60)) as hour from bucket),
    hourly as (
      select demand_class, channel_group, legal_country_iso, tzid, hour,
        sum(shape_value * ((least(last, (hour + 1) * 60) - greatest(first, hour * 60)) / minutes)) as share
      from touched group by all
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

/** What S4 made of each scenario, by day of the horizon; of those alone that have all their merchant buckets. */
export async function scenariosOverTime(
  engine: Engine,
  runFolder: string,
  receipts: readonly Receipt[],
  scenarios: readonly Scenario[],
): Promise<SegmentReport['scenarios_over_time']> {
  const profile = filesOf(runFolder, receipts, merchantZoneProfile);
  const found: SegmentReport['scenarios_over_time'] = [];
  for (const { scenario_id, start, end } of scenarios) {
    const own = bucketsOf(scenario_id, receipts);
    const { surfaces, index, lambda } = surfacesOf(runFolder, own);
    const overlays = filesOf(runFolder, own, merchantZoneOverlayFactors);
    if (own.length < merchantBuckets || [profile, surfaces, overlays].some(({ length }) => length === 0))
      continue;
    const { buckets } = await engine.one(
      `select max(${index}) + 1 as buckets from ${parquetFiles(surfaces)}`,
    );
    if (buckets === null) continue;
    const horizon = horizonOfBuckets(epochMinutes(start), epochMinutes(end), Number(buckets));
    const dayOf = (index: string) => `(${index} * ${horizon.bucketMinutes}) // ${minutesPerDay}`;
    const intensity = await engine.objects(`
      with class as (
        select merchant_id, legal_country_iso, tzid, demand_class::VARCHAR as demand_class from ${parquetFiles(profile)}
      ), daily as (
        select merchant_id, legal_country_iso, tzid, ${dayOf(index)} as day,
          sum(${lambda}) as expected
        from ${parquetFiles(surfaces)} group by all
      )
      select demand_class, day::INTEGER as day, sum(expected) as expected
      from daily join class using (merchant_id, legal_country_iso, tzid) group by 1, 2 order by 1, 2`);
    const overlay = await engine.objects(`
      select (${dayOf('local_horizon_bucket_index')})::INTEGER as day, min(overlay_factor_total) as minimum,
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

/** The surface by UTC; of a run whose policies ask for none, the local one, which has the same totals (decision 0010). */
function surfacesOf(runFolder: string, receipts: readonly Receipt[]) {
  const utc = filesOf(runFolder, receipts, merchantZoneScenarioUtc);
  return utc.length > 0
    ? { surfaces: utc, index: 'utc_horizon_bucket_index', lambda: 'lambda_utc_scenario' }
    : {
        surfaces: filesOf(runFolder, receipts, merchantZoneScenarioLocal),
        index: 'local_horizon_bucket_index',
        lambda: 'lambda_local_scenario',
      };
}

/** Scenarios that lack merchant buckets, told for people: a sum over the others would look like all of it. */
export function incompleteScenarios(
  scenarios: readonly Scenario[],
  receipts: readonly Receipt[],
): readonly string[] {
  return scenarios.flatMap(({ scenario_id }) => {
    const { length } = bucketsOf(scenario_id, receipts);
    if (length === 0 || length === merchantBuckets) return [];
    return [`S4 of ${scenario_id} is left out: ${length} of its ${merchantBuckets} merchant buckets hold`];
  });
}

const bucketsOf = (scenarioId: string, receipts: readonly Receipt[]) =>
  receipts.filter(({ state, scenario_id }) => state === 'S4' && scenario_id === scenarioId);

/** Absolute paths of a dataset's files as receipts name them: a bucket has any number of parts. */
function filesOf(runFolder: string, receipts: readonly Receipt[], { table }: Dataset): readonly string[] {
  return receipts
    .flatMap(({ files }) => files)
    .filter(({ dataset }) => dataset === table.name)
    .map(({ path }) => join(runFolder, path));
}

/** Sums of an engine with several threads differ in their last bits; a report has no use for those. */
const rounded = (value: number) => Number(value.toPrecision(9));
