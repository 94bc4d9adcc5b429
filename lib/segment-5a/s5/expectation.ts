import type { Horizon } from '../laws/horizon.ts';
import type { OverlayOrderingPolicy } from '../policies/overlay-ordering.ts';
import type { OverlayValidationPolicy } from '../policies/overlay-validation.ts';
import type { ScenarioOverlayPolicy } from '../policies/scenario-overlay.ts';
import { countIn, type Engine, parquetFiles, sqlDouble, sqlText } from './engine.ts';

/** Files that the expectation is derived from; absolute paths. */
export type ExpectationFiles = {
  readonly profile: string;
  readonly shape: string;
  readonly zoneOffsets: string;
};

/** Merchant buckets by the law of their hash, said in SQL: the 16th hex digit decides about a modulus of 8. */
const bucketOf = `(instr('0123456789abcdef', substr(sha256('5A.mbucket|' || merchant_id), 16, 1)) - 1) % 8`;

/**
 * Tables that no scenario changes: `pair`, one row a merchant-zone in the order of the files, numbered
 * by merchant bucket and place in it, and by `ordinal` over all buckets; `shape`, keyed `class_zone * week + k`.
 */
export async function expectPairs(
  engine: Engine,
  files: ExpectationFiles,
  weekBuckets: number,
): Promise<void> {
  await engine.run(`
    create or replace table profile as select * exclude (file_row_number) from ${parquetFiles([files.profile])};
    create or replace table zone as
      select (row_number() over (order by tzid) - 1)::INTEGER as zone_id, tzid
      from (select distinct tzid from profile);
    create or replace table class_zone as
      select (row_number() over (order by demand_class, channel_group, legal_country_iso, tzid) - 1)::INTEGER as class_zone,
        demand_class, channel_group, legal_country_iso, tzid
      from (select distinct demand_class, channel_group, legal_country_iso, tzid from profile);
    create or replace table pair as
      select b.bucket::INTEGER as bucket,
        (row_number() over (partition by b.bucket order by merchant_id, legal_country_iso, tzid) - 1)::INTEGER as place,
        (row_number() over (order by b.bucket, merchant_id, legal_country_iso, tzid) - 1)::INTEGER as ordinal,
        p.merchant_id, legal_country_iso, tzid, channel_group, demand_class,
        weekly_volume_expected as weekly, z.zone_id, c.class_zone
      from profile p
      join (select merchant_id, ${bucketOf} as bucket from (select distinct merchant_id from profile)) b using (merchant_id)
      join zone z using (tzid)
      join class_zone c using (demand_class, channel_group, legal_country_iso, tzid);
    create or replace table shape as
      select (c.class_zone * ${weekBuckets} + s.bucket_index)::INTEGER as shape_key, s.shape_value
      from ${parquetFiles([files.shape])} s
      join class_zone c using (demand_class, channel_group, legal_country_iso, tzid);
  `);
}

export type ScenarioExpectation = {
  readonly horizon: Horizon;
  readonly calendar: string;
  readonly zoneOffsets: string;
  readonly weekMinutes: number;
  readonly overlay: ScenarioOverlayPolicy;
  readonly ordering: OverlayOrderingPolicy;
  readonly validation: OverlayValidationPolicy;
};

/**
 * Tables of one scenario: `mapping`, keyed `zone * N + h`, the bucket of the week and the share that
 * lies in the UTC bucket before; `scope`, what the events of a merchant-zone depend on; `factor`, keyed
 * `scope * N + h`, the overlay factor wherever any event acts, and how many of a scope's are not 1. All of it from calendar, zone table and
 * policies; nothing from what S4 wrote. Returns whether any zone is off the whole bucket at some time.
 */
export async function expectScenario(engine: Engine, scenario: ScenarioExpectation): Promise<boolean> {
  await engine.run(mappingSql(scenario));
  await engine.run(eventSql(scenario));
  await engine.run(factorSql(scenario));
  await engine.run(`
    create or replace table factors_of_scope as
      select factor_key // ${scenario.horizon.buckets} as scope, count(*) as factors from factor where factor <> 1 group by 1;
    create or replace table expected_pair as
      select p.*, s.scope, z.fractional
      from pair p
      join (select mapping_key // ${scenario.horizon.buckets} as zone_id, max(earlier) > 0 as fractional from mapping group by 1) z
        using (zone_id)
      join scope s on s.legal_country_iso = p.legal_country_iso and s.tzid = p.tzid
        and s.demand_class = p.demand_class
        and s.merchant_id is not distinct from
          case when p.merchant_id in (select merchant_id from event where merchant_id is not null)
            then p.merchant_id end;
  `);
  const off = await engine.one('select count(*) as buckets from mapping where earlier > 0');
  return countIn(off, 'buckets') > 0;
}

function mappingSql({ horizon, zoneOffsets, weekMinutes }: ScenarioExpectation): string {
  const { startMinute, bucketMinutes: size, buckets } = horizon;
  // 1970-01-01 was a Thursday: three days after the start of its week.
  return `
    create or replace table mapping as
    with instant as (
      select zone_id, tzid, h::INTEGER as h, (${startMinute} + h * ${size})::INTEGER as utc_minute
      from zone, range(${buckets}) as horizon(h)
    ), local as (
      select i.zone_id, i.h, i.utc_minute + o.offset_minutes + 4320 as minute, o.offset_minutes as shift
      from instant i
      asof join (select tzid, from_utc_minute, offset_minutes from ${parquetFiles([zoneOffsets])}) o
        on i.tzid = o.tzid and i.utc_minute >= o.from_utc_minute
    )
    select (zone_id * ${buckets} + h)::INTEGER as mapping_key,
      ((((minute % ${weekMinutes}) + ${weekMinutes}) % ${weekMinutes}) // ${size})::INTEGER as k,
      (((shift % ${size}) + ${size}) % ${size})::DOUBLE / ${sqlDouble(size)} as earlier
    from local;`;
}

function eventSql({ calendar, horizon, overlay }: ScenarioExpectation): string {
  const start = `${horizon.startMinute}::BIGINT * 60000000`;
  const size = horizon.bucketMinutes * 60_000_000;
  const micros = (column: string) => `(epoch_us(strptime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')) - ${start})`;
  const defaults = Object.entries(overlay.types)
    .map(([type, { default_amplitude: value }]) => `when ${sqlText(type)} then ${sqlDouble(value)}`)
    .join(' ');
  return `
    create or replace table event as
    with timed as (
      select *, floor(${micros('start_utc')} / ${size})::INTEGER as first_bucket,
        ceil(${micros('end_utc')} / ${size})::INTEGER as end_bucket,
        coalesce(amplitude, case event_type ${defaults} end) as level,
        coalesce(ramp_in_buckets, 0) as asked_in, coalesce(ramp_out_buckets, 0) as asked_out
      from ${parquetFiles([calendar])}
    ), sized as (select *, end_bucket - first_bucket as length from timed),
    way_in as (
      select *, case when asked_in + asked_out > length then least(asked_in, length) else asked_in end as way_in from sized
    )
    select event_id, event_type, shape_kind, level, amplitude_peak as peak, first_bucket, end_bucket, length, way_in,
      case when asked_in + asked_out > length then greatest(least(asked_out, length - way_in), 0) else asked_out end as way_out,
      country_iso, tzid, demand_class, merchant_id,
      (country_iso is not null)::INTEGER + (tzid is not null)::INTEGER + (demand_class is not null)::INTEGER
        + case when merchant_id is not null then 11 else 0 end as rank
    from way_in;
    create or replace table scope as
    select (row_number() over (order by demand_class, legal_country_iso, tzid, merchant_id) - 1)::INTEGER as scope, *
    from (
      select distinct demand_class, legal_country_iso, tzid,
        case when merchant_id in (select merchant_id from event where merchant_id is not null) then merchant_id end as merchant_id
      from pair
    );`;
}

function factorSql({ horizon, overlay, ordering, validation }: ScenarioExpectation): string {
  const { minimum, maximum } = overlay.factor_bounds;
  const types = Object.keys(ordering.types).sort();
  const column = (type: string) => `f_${type.toLowerCase()}`;
  const perType = types
    .map((type) => {
      const { selection, aggregation } = ordering.types[type as keyof typeof ordering.types];
      const best = aggregation === 'MIN' ? 'lowest' : 'highest';
      const value =
        selection === 'ALL' ? `${aggregation === 'MIN' ? 'min' : 'max'}(${best})` : `arg_max(${best}, rank)`;
      return `${value} filter (where event_type = ${sqlText(type)}) as ${column(type)}`;
    })
    .join(', ');
  const priority = (type: string) => ordering.types[type as keyof typeof ordering.types].priority;
  const masks = [...ordering.masks].sort(
    (one, other) => priority(other.when_active) - priority(one.when_active),
  );
  let source = 'by_type';
  let steps = '';
  let step = 0;
  for (const { when_active: trigger, targets, effect } of masks) {
    for (const target of targets) {
      const own = column(target);
      const masked = {
        NEUTRALIZE: '1::DOUBLE',
        CAP_AT_ONE: `least(${own}, 1)`,
        FLOOR_AT_ONE: `greatest(${own}, 1)`,
      };
      step += 1;
      const replaced = `case when ${column(trigger)} is not null and ${own} is not null then ${masked[effect]} else ${own} end`;
      steps += `, masked_${step} as (select * replace (${replaced} as ${own}) from ${source})`;
      source = `masked_${step}`;
    }
  }
  const product = types
    .map((type) => `coalesce(${column(type)}, 1::DOUBLE)`)
    .reduce((left, right) => `(${left} * ${right})`);
  const exempt =
    validation.low_exempt_types.map((type) => `${column(type)} is not null`).join(' or ') || 'false';
  return `
    create or replace table factor as
    with acting as (
      select s.scope, e.*, unnest(range(greatest(e.first_bucket, 0), least(e.end_bucket, ${horizon.buckets})))::INTEGER as h
      from scope s join event e
        on (e.country_iso is null or e.country_iso = s.legal_country_iso)
        and (e.tzid is null or e.tzid = s.tzid)
        and (e.demand_class is null or e.demand_class = s.demand_class)
        and (e.merchant_id is null or e.merchant_id = s.merchant_id)
    ), valued as (
      select scope, h, event_type, rank, case
        when shape_kind = 'constant' then level
        when h - first_bucket < way_in
          then 1::DOUBLE + ((peak - 1::DOUBLE) * (h - first_bucket + 1)::DOUBLE) / way_in::DOUBLE
        when h - first_bucket >= length - way_out
          then peak - ((peak - 1::DOUBLE) * (h - first_bucket - (length - way_out) + 1)::DOUBLE) / way_out::DOUBLE
        else peak end as value
      from acting
    ), by_rank as (
      select scope, h, event_type, rank, min(value) as lowest, max(value) as highest, count(*) as events
      from valued group by all
    ), by_type as (
      select scope, h, sum(events) as events, ${perType} from by_rank group by scope, h
    )${steps}
    select (scope * ${horizon.buckets} + h)::INTEGER as factor_key, events::INTEGER as events,
      least(greatest(${product}, ${sqlDouble(minimum)}), ${sqlDouble(maximum)}) as factor,
      (${exempt}) as low_exempt
    from ${source};`;
}
