/**
 * Segment 5A as a straightforward DuckDB program: one SQL statement a table, joins on the business keys,
 * everything else left to the engine. Written for the comparison; equal outputs are checked.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { checkOutputs } from './duckdb-checks.ts';
import { overlaySql } from './duckdb-overlay.ts';
import { loadPolicyTables } from './duckdb-policies.ts';
import { alternativeInput } from './inputs.ts';

const { world, output, scenarioId, policies } = await alternativeInput(process.argv);
const database = await (await DuckDBInstance.create(':memory:')).connect();
const { parameterHash, demand_scale: scale, merchant_class: classes } = policies;
await loadPolicyTables(database, policies);

const copy = (table: string, file: string, order: string) =>
  database.run(
    `copy (select * from ${table} order by ${order}) to '${file}' (format parquet, compression zstd, compression_level 1)`,
  );
const pairKey = 'merchant_id, legal_country_iso, tzid';
const classZoneKey = 'demand_class, channel_group, legal_country_iso, tzid';
const draw = (message: string) =>
  `('0x' || substr(sha256(${message} || '|${parameterHash}'), 1, 16))::ubigint`;
const unit = (message: string) => `((${draw(message)})::double + 0.5::double) / 18446744073709551616::double`;

// S1: class, role and expected weekly volume of every merchant-zone.
const { primary, tail } = classes.role_thresholds;
const { weekly: cap, ratio, multiplier } = scale.soft_cap;
await database.run(`
  create table profile as
  with features as (
    select z.merchant_id, z.legal_country_iso, z.tzid, m.channel as channel_group, v.virtual_mode,
      z.zone_site_count as sites, z.zone_site_count_sum as all_sites,
      case when v.virtual_mode = 'NON_VIRTUAL' then s.demand_class else u.demand_class end as demand_class,
      case when z.zone_site_count_sum <= 0 then 'tail_zone'
        when z.zone_site_count / z.zone_site_count_sum >= ${primary}::double then 'primary_zone'
        when z.zone_site_count / z.zone_site_count_sum <= ${tail}::double then 'tail_zone'
        else 'secondary_zone' end as role
    from '${world.zoneAlloc}' z
    join '${world.merchants}' m using (merchant_id)
    join '${world.virtualClassification}' v using (merchant_id)
    left join sector_class s on s.mcc = m.mcc and s.channel_group = m.channel
    left join virtual_class u on u.virtual_mode = v.virtual_mode
  ), drawn as (
    select f.*, c.median, c.clip, c.alpha, c.high_variability,
      ${unit("'5A.scale|per_site|' || merchant_id || '|' || legal_country_iso || '|' || tzid")} as u
    from features f join class_scale c using (demand_class)
  ), raw as (
    select d.*, case when sites <= 0 then 0::double else
      ${scale.global_multiplier}::double * sites
      * least(clip, (median / pow(2, 1 / alpha)) / pow(1 - u, 1 / alpha))
      * zm.multiplier * pow(greatest(1, all_sites), ${scale.brand_size_exponent}::double)
      * vm.multiplier * cm.multiplier end as weekly
    from drawn d
    join zone_multiplier zm using (role) join virtual_multiplier vm using (virtual_mode)
    join channel_multiplier cm using (channel_group)
  ), capped as (
    select *, case when weekly <= ${cap}::double then weekly
      else least(${cap}::double + (weekly - ${cap}::double) * ${ratio}::double, greatest(${cap}::double * ${multiplier}::double, ${cap}::double))
      end as weekly_volume_expected
    from raw
  )
  select ${pairKey}, channel_group, demand_class, role as demand_subclass,
    demand_class || '.' || role || '.' || channel_group as profile_id, weekly_volume_expected,
    case when sites <= 0 then 0::double else weekly_volume_expected / (sites * median) end as scale_factor,
    high_variability as high_variability_flag,
    weekly_volume_expected < ${scale.low_volume_below}::double as low_volume_flag,
    virtual_mode <> 'NON_VIRTUAL' as virtual_preferred_flag
  from capped`);
await copy('profile', output.profile, pairKey);

// S2: the weekly shape of every class, channel group and zone.
await database.run(`
  create table shape as
  with class_zone as (select distinct ${classZoneKey} from profile),
  drawn as (
    select *, ${draw("'5A.S2.template|' || demand_class || '|' || channel_group || '|' || tzid")} as bits,
      ${unit("'5A.S2.template|' || demand_class || '|' || channel_group || '|' || tzid")} as u
    from class_zone
  ), overridden as (
    select z.legal_country_iso, z.tzid, arg_min(o.profile, o.place) as profile
    from (select distinct legal_country_iso, tzid from profile) z
    join zone_override o on (o.country is null or o.country = z.legal_country_iso)
      and (o.tzid is null or o.tzid = z.tzid) and (o.prefix is null or starts_with(z.tzid, o.prefix))
    group by all
  ), chosen as (
    select d.*, t.template,
      coalesce(o.profile, 'zg' || bits % (select count(distinct profile) from zone_profile)) as profile
    from drawn d
    join candidates t on t.demand_class = d.demand_class and t.channel_group = d.channel_group
      and t.place = least(floor(d.u * t.candidates), t.candidates - 1)
    left join overridden o on o.legal_country_iso = d.legal_country_iso and o.tzid = d.tzid
  ), bent as (
    select ${classZoneKey}, k as bucket_index, v.value * m.multiplier as value
    from chosen join template_value v using (template) join profile_multiplier m using (profile, k)
  )
  select ${classZoneKey}, bucket_index,
    value / sum(value) over (partition by ${classZoneKey}) as shape_value
  from bent`);
await copy('shape', output.shape, `${classZoneKey}, bucket_index`);

// S3: λ_base = weekly · shape, and its sum by class-zone.
await database.run(`
  create table baseline as
  select p.${pairKey.replaceAll(', ', ', p.')}, p.channel_group, s.bucket_index,
    p.weekly_volume_expected * s.shape_value as lambda_local_base
  from profile p join shape s using (${classZoneKey})`);
await copy('baseline', output.baseline, `${pairKey}, bucket_index`);
await database.run(`
  create table class_baseline as
  select ${classZoneKey}, bucket_index, sum(lambda_local_base) as lambda_local_base_class
  from baseline join profile using (${pairKey}, channel_group) group by all`);
await copy('class_baseline', output.classBaseline, `${classZoneKey}, bucket_index`);

// S4: λ = λ_base · F over the horizon, F on its own, and λ by UTC.
const { buckets, sql } = await overlaySql(database, world, policies, scenarioId);
await database.run(sql);
await database.run(`
  create table local as
  select b.${pairKey.replaceAll(', ', ', b.')}, b.channel_group, m.h as local_horizon_bucket_index,
    b.lambda_local_base * coalesce(f.factor, 1) as lambda_local_scenario,
    coalesce(f.factor, 1) as overlay_factor_total
  from baseline b
  join pair_scope p using (${pairKey})
  join mapping m on m.tzid = b.tzid and m.k = b.bucket_index
  left join factor f on f.scope = p.scope and f.h = m.h`);
await copy('local', output.local, `${pairKey}, local_horizon_bucket_index`);
await copy(
  `(select ${pairKey}, channel_group, local_horizon_bucket_index, overlay_factor_total from local)`,
  output.factors,
  `${pairKey}, local_horizon_bucket_index`,
);
// A zone off the whole bucket gives a part of each local bucket to the UTC bucket before.
await database.run(`
  create table utc as
  select ${pairKey}, channel_group, local_horizon_bucket_index as utc_horizon_bucket_index,
    lambda_local_scenario as lambda_utc_scenario
  from local where tzid not in (select tzid from mapping where earlier > 0)
  union all
  select l.${pairKey.replaceAll(', ', ', l.')}, l.channel_group, l.local_horizon_bucket_index,
    (1 - m.earlier) * l.lambda_local_scenario + n.earlier * next.lambda_local_scenario
  from local l
  join mapping m on m.tzid = l.tzid and m.h = l.local_horizon_bucket_index
  join mapping n on n.tzid = l.tzid and n.h = (m.h + 1) % ${buckets}
  join local next on next.merchant_id = l.merchant_id and next.legal_country_iso = l.legal_country_iso
    and next.tzid = l.tzid and next.local_horizon_bucket_index = n.h
  where l.tzid in (select tzid from mapping where earlier > 0)`);
await copy('utc', output.utc, `${pairKey}, utc_horizon_bucket_index`);

// S5: the same questions to the files.
await checkOutputs(database, output, policies, buckets);
