import type { DuckDBConnection } from '@duckdb/node-api';
import type { Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import { masksInOrder } from '../../../../lib/segment-5a/policies/overlay-ordering.ts';
import type { WorldFiles } from './inputs.ts';

const { entries, keys } = Object;

/**
 * SQL for the tables `mapping` (zone × hour → bucket of the week, share in the UTC bucket before), `pair_scope` and `factor`
 * (scope × hour where any event acts). A scope is what events can depend on: class, country and zone, and
 * the merchant where some event names it.
 */
export async function overlaySql(
  database: DuckDBConnection,
  world: WorldFiles,
  { scenario_overlay: overlay, overlay_ordering: ordering, shape_time_grid: grid }: Policies,
  scenarioId: string,
): Promise<{ readonly buckets: number; readonly sql: string }> {
  const size = grid.bucket_minutes;
  const minute = (text: string) => `epoch_us(strptime(${text}, '%Y-%m-%dT%H:%M:%S.%fZ')) / 60000000`;
  const [horizon] = (
    await database.runAndReadAll(`select (${minute('horizon_start_utc')})::double, (${minute('horizon_end_utc')})::double
      from '${world.scenarios}' where scenario_id = '${scenarioId}'`)
  ).getRows();
  const [start, end] = [Number(horizon?.[0]), Number(horizon?.[1])];
  const buckets = (end - start) / size;

  const types = keys(ordering.types).sort();
  const perType = entries(ordering.types).map(
    ([type, { aggregation }]) =>
      `arg_max(${aggregation === 'MIN' ? 'lowest' : 'highest'}, rank) filter (where event_type = '${type}') as ${type}`,
  );
  const masked = masksInOrder(ordering)
    .flatMap(({ when_active, targets, effect }) =>
      targets.map((target) => {
        const value = {
          NEUTRALIZE: '1',
          CAP_AT_ONE: `least(${target}, 1)`,
          FLOOR_AT_ONE: `greatest(${target}, 1)`,
        }[effect];
        return `case when ${when_active} is not null and ${target} is not null then ${value} else ${target} end as ${target}`;
      }),
    )
    .reduce((from, replacement) => `(select * replace (${replacement}) from ${from})`, 'by_type');
  const level = `coalesce(amplitude, case event_type ${entries(overlay.types)
    .map(([type, { default_amplitude: value }]) => `when '${type}' then ${value}`)
    .join(' ')} end)`;
  const sql = `
    create table mapping as
      with local as (
        select z.tzid, h::integer as h, o.offset_minutes, ${start} + h * ${size} + o.offset_minutes + 4320 as minute
        from (select distinct tzid from profile) z cross join range(${buckets}) as horizon(h)
        asof join '${world.zoneOffsets}' o on o.tzid = z.tzid and ${start} + h * ${size} >= o.from_utc_minute
      )
      select tzid, h, (((minute::bigint % 10080) + 10080) % 10080 // ${size})::integer as k,
        ((offset_minutes % ${size}) + ${size}) % ${size} / ${size} as earlier from local;
    create table event as
      with timed as (
        select *, floor((${minute('start_utc')} - ${start}) / ${size})::integer as first_h,
          ceil((${minute('end_utc')} - ${start}) / ${size})::integer as end_h
        from '${world.calendar}'
      ), ramped as (
        select *, end_h - first_h as length, coalesce(ramp_in_buckets, 0) as asked_in, coalesce(ramp_out_buckets, 0) as asked_out
        from timed
      ), fitted as (
        select *, case when asked_in + asked_out > length then least(asked_in, length) else asked_in end as way_in from ramped
      )
      select *, case when asked_in + asked_out > length then greatest(least(asked_out, length - way_in), 0) else asked_out end as way_out,
        (country_iso is not null)::integer + (tzid is not null)::integer + (demand_class is not null)::integer
          + case when merchant_id is not null then 11 else 0 end as rank
      from fitted;
    create table event_hour as
      with hour as (select *, unnest(range(first_h, end_h))::integer as h from event)
      select event_type, rank, country_iso, tzid, demand_class, merchant_id, h,
        case when shape_kind = 'constant' then ${level}
          when h - first_h < way_in then 1 + (amplitude_peak - 1) * (h - first_h + 1) / way_in
          when h - first_h >= length - way_out
            then amplitude_peak - (amplitude_peak - 1) * (h - first_h - (length - way_out) + 1) / way_out
          else amplitude_peak end as factor
      from hour;
    create table pair_scope as
      select merchant_id, legal_country_iso, tzid, dense_rank() over (order by demand_class, legal_country_iso, tzid,
        case when merchant_id in (select merchant_id from event where merchant_id is not null) then merchant_id end) as scope,
        demand_class
      from profile;
    create table factor as
      with scope as (select scope, any_value(demand_class) as demand_class, any_value(legal_country_iso) as country,
          any_value(tzid) as tzid, any_value(merchant_id) as merchant_id from pair_scope group by scope),
      by_rank as (
        select s.scope, e.h, e.event_type, e.rank, min(e.factor) as lowest, max(e.factor) as highest
        from scope s join event_hour e on (e.country_iso is null or e.country_iso = s.country)
          and (e.tzid is null or e.tzid = s.tzid) and (e.demand_class is null or e.demand_class = s.demand_class)
          and (e.merchant_id is null or e.merchant_id = s.merchant_id)
        group by all
      ), by_type as (select scope, h, ${perType.join(', ')} from by_rank group by scope, h)
      select scope, h, least(greatest(${types.map((type) => `coalesce(${type}, 1)`).join(' * ')},
        ${overlay.factor_bounds.minimum}), ${overlay.factor_bounds.maximum})::double as factor
      from ${masked}`;
  return { buckets, sql };
}
