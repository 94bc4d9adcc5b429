import pl, { type DataFrame, type Expr } from 'nodejs-polars';
import type { Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import { masksInOrder } from '../../../../lib/segment-5a/policies/overlay-ordering.ts';
import type { WorldFiles } from './inputs.ts';
import { doubles, integers, readFrame } from './polars-frames.ts';

const { col, lit, when } = pl;
const minuteOf = (instant: unknown) => Date.parse(String(instant)) / 60_000;

export type Horizon = { readonly start: number; readonly size: number; readonly buckets: number };

export function horizonOf(
  world: WorldFiles,
  { shape_time_grid: grid }: Policies,
  scenarioId: string,
): Horizon {
  const row = readFrame(world.scenarios)
    .toRecords()
    .find((one) => one.scenario_id === scenarioId);
  const [start, size] = [minuteOf(row?.horizon_start_utc), grid.bucket_minutes];
  return { start, size, buckets: (minuteOf(row?.horizon_end_utc) - start) / size };
}

/** Zone × hour: the bucket of the local week, and the shares that this bucket and the next give to the one before. */
export function mappingOf(world: WorldFiles, zones: DataFrame, { start, size, buckets }: Horizon): DataFrame {
  const hours = pl.DataFrame([
    integers(
      'h',
      Array.from({ length: buckets }, (_, h) => h),
    ),
  ]);
  const minute = (of: Expr) => of.cast(pl.Int64);
  const local = zones
    .join(hours, { how: 'cross' })
    .withColumns(
      col('h')
        .cast(pl.Int64)
        .mul(lit(BigInt(size)).cast(pl.Int64))
        .plus(lit(BigInt(start)).cast(pl.Int64))
        .alias('minute'),
    )
    .sort(['minute'])
    .joinAsof(
      readFrame(world.zoneOffsets)
        .withColumns(minute(col('from_utc_minute')).alias('minute'))
        .sort(['minute']),
      {
        on: 'minute',
        by: 'tzid',
        strategy: 'backward',
        checkSortedness: false,
      },
    );
  // Epoch minutes of the horizons are positive, so a remainder needs no care; the week began on a Thursday.
  const week = col('minute').plus(col('offset_minutes')).plus(lit(4_320)).cast(pl.Float64);
  const inWeek = week.minus(week.div(lit(10_080)).floor().mul(lit(10_080)));
  const offset = col('offset_minutes').cast(pl.Float64);
  const earlier = offset.div(lit(size)).minus(offset.div(lit(size)).floor());
  const mapping = local.select(
    'tzid',
    'h',
    inWeek.div(lit(size)).floor().cast(pl.Int32).alias('bucket_index'),
    earlier.alias('earlier'),
  );
  const next = mapping.select(
    'tzid',
    when(col('h').eq(lit(0)))
      .then(lit(buckets - 1))
      .otherwise(col('h').minus(lit(1)))
      .cast(pl.Int32)
      .alias('h'),
    col('earlier').alias('next_earlier'),
  );
  return mapping.join(next, { on: ['tzid', 'h'] }).sort(['tzid', 'h']);
}

type EventHour = { readonly event: number; readonly h: number; readonly factor: number };

/** Factors of the events of a calendar in each bucket that they touch, with their scopes. */
function eventHours(world: WorldFiles, { scenario_overlay: overlay }: Policies, { start, size }: Horizon) {
  const calendar = readFrame(world.calendar);
  const hours: EventHour[] = [];
  const ranks: number[] = [];
  for (const [event, row] of calendar.toRecords().entries()) {
    const first = Math.floor((minuteOf(row.start_utc) - start) / size);
    const end = Math.ceil((minuteOf(row.end_utc) - start) / size);
    const length = end - first;
    let [wayIn, wayOut] = [Number(row.ramp_in_buckets ?? 0), Number(row.ramp_out_buckets ?? 0)];
    if (wayIn + wayOut > length) {
      wayIn = Math.min(wayIn, length);
      wayOut = Math.max(Math.min(wayOut, length - wayIn), 0);
    }
    const type = String(row.event_type) as keyof typeof overlay.types;
    const level = Number(row.amplitude ?? overlay.types[type].default_amplitude);
    const peak = Number(row.amplitude_peak);
    for (let at = 0; at < length; at += 1) {
      const ramp =
        at < wayIn
          ? 1 + ((peak - 1) * (at + 1)) / wayIn
          : at >= length - wayOut
            ? peak - ((peak - 1) * (at - (length - wayOut) + 1)) / wayOut
            : peak;
      hours.push({ event, h: first + at, factor: row.shape_kind === 'constant' ? level : ramp });
    }
    const given = [row.country_iso, row.tzid, row.demand_class, row.merchant_id].filter((one) => one != null);
    ranks.push(given.length + (row.merchant_id == null ? 0 : 10));
  }
  const events = calendar.select(
    'event_type',
    col('country_iso').alias('event_country'),
    col('tzid').alias('event_tzid'),
    col('demand_class').alias('event_class'),
    col('merchant_id').alias('event_merchant'),
  );
  return {
    events: events.withColumns(
      integers(
        'event',
        ranks.map((_, event) => event),
      ),
      integers('rank', ranks),
    ),
    hours: pl.DataFrame([
      integers(
        'event',
        hours.map(({ event }) => event),
      ),
      integers(
        'h',
        hours.map(({ h }) => h),
      ),
      doubles(
        'factor',
        hours.map(({ factor }) => factor),
      ),
    ]),
  };
}

/**
 * The profile with the scope of each row, and the factor of every scope and hour in which any event acts. A scope is
 * class, country and zone, and the merchant where some event names it.
 */
export function overlayOf(world: WorldFiles, profile: DataFrame, policies: Policies, horizon: Horizon) {
  const { events, hours } = eventHours(world, policies, horizon);
  const named = events.getColumn('event_merchant').dropNulls();
  const scopeKey = ['demand_class', 'legal_country_iso', 'tzid', 'scope_merchant'];
  const merchant = when(col('merchant_id').isIn(named.toArray()))
    .then(col('merchant_id'))
    .otherwise(lit(null))
    .cast(pl.UInt64);
  const keyed = profile.withColumns(merchant.alias('scope_merchant'));
  const distinct = keyed.select(...scopeKey).unique();
  const scopes = distinct.withColumns(
    integers(
      'scope',
      Array.from({ length: distinct.height }, (_, scope) => scope),
    ),
  );
  const scoped = keyed
    .join(scopes, { on: scopeKey, nullsEqual: true })
    .sort(['merchant_id', 'legal_country_iso', 'tzid']);
  const matches = (event: string, own: string) =>
    col(event)
      .isNull()
      .or(col(event).eq(col(own)));
  const acting = scopes
    .lazy()
    .join(events.lazy(), { how: 'cross' })
    .filter(
      matches('event_country', 'legal_country_iso')
        .and(matches('event_tzid', 'tzid'))
        .and(matches('event_class', 'demand_class'))
        .and(matches('event_merchant', 'scope_merchant')),
    )
    .select('scope', 'event', 'event_type', 'rank')
    .join(hours.lazy(), { on: 'event' });
  const mostSpecific = acting
    .withColumns(col('rank').max().over('scope', 'h', 'event_type').alias('best'))
    .filter(col('rank').eq(col('best')));
  const { types } = policies.overlay_ordering;
  const perType = Object.entries(types).map(([type, { aggregation }]) => {
    const own = col('factor').filter(col('event_type').eq(lit(type)));
    return (aggregation === 'MIN' ? own.min() : own.max()).alias(type);
  });
  let byType = mostSpecific.groupBy(['scope', 'h']).agg(...perType);
  for (const { when_active: trigger, targets, effect } of masksInOrder(policies.overlay_ordering)) {
    const active = (target: string) => col(trigger).isNotNull().and(col(target).isNotNull());
    const bounded = {
      NEUTRALIZE: () => lit(1),
      CAP_AT_ONE: (target: string) =>
        when(col(target).gt(lit(1)))
          .then(lit(1))
          .otherwise(col(target)),
      FLOOR_AT_ONE: (target: string) =>
        when(col(target).lt(lit(1)))
          .then(lit(1))
          .otherwise(col(target)),
    }[effect];
    byType = byType.withColumns(
      ...targets.map((target) =>
        when(active(target)).then(bounded(target)).otherwise(col(target)).alias(target),
      ),
    );
  }
  const product = Object.keys(types)
    .sort()
    .map((type): Expr => col(type).fillNull(lit(1)))
    .reduce((left, right) => left.mul(right));
  const { minimum, maximum } = policies.scenario_overlay.factor_bounds;
  const factor = byType.select('scope', 'h', product.clip(minimum, maximum).alias('factor')).collectSync();
  return { scoped, factor };
}
