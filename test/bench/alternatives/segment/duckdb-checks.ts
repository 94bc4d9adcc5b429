import type { DuckDBConnection } from '@duckdb/node-api';
import type { Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import { type OutputFiles, requireNone } from './inputs.ts';

const pairKey = 'merchant_id, legal_country_iso, tzid';
const bad = (column: string) => `${column} is null or not isfinite(${column}) or ${column} < 0`;

/**
 * Every row of every file: keys, ranges, sums, the product, and that local and UTC add up alike. Factors are
 * compared with those of the calendar that the same program made.
 */
export async function checkOutputs(
  database: DuckDBConnection,
  files: OutputFiles,
  { scenario_overlay: overlay, validation }: Policies,
  buckets: number,
): Promise<void> {
  const none = async (check: string, sql: string) => {
    const [row] = (await database.runAndReadAll(sql)).getRows();
    requireNone(check, Number(row?.[0]));
  };
  const { weekly_sum: weeklySum, local_utc_total: localUtc } = validation.tolerances;
  await none('profile keys', `select count(*) - count(distinct (${pairKey})) from '${files.profile}'`);
  await none(
    'profile values',
    `select count(*) from '${files.profile}' where ${bad('weekly_volume_expected')} or ${bad('scale_factor')}`,
  );
  await none(
    'shapes add up to one',
    `select count(*) from (select sum(shape_value) as total from '${files.shape}'
       group by demand_class, channel_group, legal_country_iso, tzid) where abs(total - 1) > 1e-6`,
  );
  await none(
    'baseline adds up to the weekly volume',
    `select count(*) from (select ${pairKey}, sum(lambda_local_base) as total, count(distinct bucket_index) as k from '${files.baseline}'
       group by ${pairKey}) b full join '${files.profile}' p using (${pairKey})
     where k is distinct from 168 or p.merchant_id is null or (abs(total - weekly_volume_expected) > ${weeklySum.absolute}
       and abs(total - weekly_volume_expected) / greatest(weekly_volume_expected, 1) > ${weeklySum.relative})`,
  );
  for (const [file, index] of [
    [files.local, 'local_horizon_bucket_index'],
    [files.factors, 'local_horizon_bucket_index'],
    [files.utc, 'utc_horizon_bucket_index'],
  ] as const) {
    await none(
      'every merchant-zone has every bucket of the horizon once',
      `select count(*) from (select ${pairKey}, count(*) as rows, count(distinct ${index}) as h, min(${index}) as first,
         max(${index}) as last from '${file}' group by ${pairKey}) full join '${files.profile}' p using (${pairKey})
       where p.merchant_id is null or rows is distinct from ${buckets} or h <> ${buckets} or first <> 0 or last <> ${buckets - 1}`,
    );
  }
  await none('λ local', `select count(*) from '${files.local}' where ${bad('lambda_local_scenario')}`);
  await none('λ by UTC', `select count(*) from '${files.utc}' where ${bad('lambda_utc_scenario')}`);
  await none(
    'factors lie within their bounds',
    `select count(*) from '${files.factors}' where overlay_factor_total is null
       or not (overlay_factor_total between ${overlay.factor_bounds.minimum} and ${overlay.factor_bounds.maximum})`,
  );
  await none(
    'factors are those of the calendar, and λ is baseline times factor',
    `select count(*) from '${files.local}' l
       left join '${files.profile}' p using (${pairKey})
       left join pair_scope s using (${pairKey})
       left join factor f on f.scope = s.scope and f.h = l.local_horizon_bucket_index
       left join mapping m on m.tzid = l.tzid and m.h = l.local_horizon_bucket_index
       left join '${files.shape}' sh on sh.demand_class = p.demand_class and sh.channel_group = p.channel_group
         and sh.legal_country_iso = l.legal_country_iso and sh.tzid = l.tzid and sh.bucket_index = m.k
     where overlay_factor_total is distinct from coalesce(factor, 1)
       or lambda_local_scenario is distinct from weekly_volume_expected * shape_value * coalesce(factor, 1)`,
  );
  await none(
    'factors on their own are those of the surface',
    `select count(*) from '${files.local}' l full join '${files.factors}' f using (${pairKey}, local_horizon_bucket_index)
     where l.overlay_factor_total is distinct from f.overlay_factor_total`,
  );
  await none(
    'local and UTC add up alike',
    `select (abs(l - u) / greatest(l, 1) > ${localUtc.relative})::integer
     from (select sum(lambda_local_scenario) as l from '${files.local}'), (select sum(lambda_utc_scenario) as u from '${files.utc}')`,
  );
}
