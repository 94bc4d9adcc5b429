import { type Column, encodeStrings, type Table, tableFrom } from '../../tables/columns.ts';
import { instantOfMinute } from '../frame/instants.ts';
import { minutesPerDay } from '../vocabulary.ts';
import type { drawCalendar } from './calendar/draw-calendar.ts';
import { dayOf } from './calendar/local-days.ts';
import type { WorldMerchant } from './merchants.ts';
import type { WorldScale } from './scale.ts';
import type { ZoneAllocation } from './zone-alloc.ts';
import { offsetsBetween } from './zone-database.ts';

/** Days of zone offsets on either side of the horizon. */
const offsetMarginDays = 8;

const i32 = (values: readonly number[]): Column => ({ type: 'i32', values: Int32Array.from(values) });
const u64 = (values: readonly bigint[]): Column => ({ type: 'u64', values: BigUint64Array.from(values) });

export function merchantsTableOf(merchants: readonly WorldMerchant[]): Table {
  return tableFrom({
    merchant_id: u64(merchants.map(({ id }) => id)),
    mcc: i32(merchants.map(({ mcc }) => mcc)),
    channel: encodeStrings(merchants.map(({ channel }) => channel)),
    home_country_iso: encodeStrings(merchants.map(({ home }) => home)),
  });
}

export function virtualClassificationOf(merchants: readonly WorldMerchant[]): Table {
  return tableFrom({
    merchant_id: u64(merchants.map(({ id }) => id)),
    virtual_mode: encodeStrings(merchants.map(({ virtualMode }) => virtualMode)),
  });
}

export function zoneAllocOf(rows: readonly ZoneAllocation[]): Table {
  return tableFrom({
    merchant_id: u64(rows.map(({ merchant }) => merchant)),
    legal_country_iso: encodeStrings(rows.map(({ country }) => country)),
    tzid: encodeStrings(rows.map(({ tzid }) => tzid)),
    zone_site_count: i32(rows.map(({ sites }) => sites)),
    zone_site_count_sum: i32(rows.map(({ sitesInCountry }) => sitesInCountry)),
  });
}

export function scenariosTableOf(scenarioIds: readonly string[], scale: WorldScale): Table {
  const start = dayOf(scale.start) * minutesPerDay;
  return tableFrom({
    scenario_id: encodeStrings(scenarioIds),
    horizon_start_utc: encodeStrings(scenarioIds.map(() => instantOfMinute(start))),
    horizon_end_utc: encodeStrings(
      scenarioIds.map(() => instantOfMinute(start + scale.days * minutesPerDay)),
    ),
  });
}

/** The offsets of the given zones around the horizon, by zone and time. */
export function zoneOffsetsOf(tzids: readonly string[], scale: WorldScale): Table {
  const start = (dayOf(scale.start) - offsetMarginDays) * minutesPerDay;
  const end = start + (scale.days + 2 * offsetMarginDays) * minutesPerDay;
  const rows = tzids
    .toSorted()
    .flatMap((tzid) => offsetsBetween(tzid, start, end).map((entry) => ({ tzid, ...entry })));
  return tableFrom({
    tzid: encodeStrings(rows.map(({ tzid }) => tzid)),
    from_utc_minute: i32(rows.map(({ fromMinute }) => fromMinute)),
    offset_minutes: i32(rows.map(({ offsetMinutes }) => offsetMinutes)),
  });
}

export function calendarTableOf(events: ReturnType<typeof drawCalendar>): Table {
  const constant = (event: (typeof events)[number]) =>
    event.law.shape === 'constant' ? event.law : undefined;
  const ramp = (event: (typeof events)[number]) => (event.law.shape === 'ramp' ? event.law : undefined);
  return tableFrom({
    event_id: encodeStrings(events.map(({ id }) => id)),
    event_type: encodeStrings(events.map(({ type }) => type)),
    start_utc: encodeStrings(events.map(({ start }) => instantOfMinute(start))),
    end_utc: encodeStrings(events.map(({ end }) => instantOfMinute(end))),
    shape_kind: encodeStrings(events.map(({ law }) => law.shape)),
    amplitude: {
      type: 'f64',
      ...nullable(
        events.map((event) => constant(event)?.amplitude),
        Float64Array,
      ),
    },
    amplitude_peak: {
      type: 'f64',
      ...nullable(
        events.map((event) => ramp(event)?.peak),
        Float64Array,
      ),
    },
    ramp_in_buckets: {
      type: 'i32',
      ...nullable(
        events.map((event) => ramp(event)?.rampIn),
        Int32Array,
      ),
    },
    ramp_out_buckets: {
      type: 'i32',
      ...nullable(
        events.map((event) => ramp(event)?.rampOut),
        Int32Array,
      ),
    },
    scope_global: { type: 'boolean', values: Uint8Array.from(events, ({ global }) => (global ? 1 : 0)) },
    country_iso: encodeStrings(events.map(({ country }) => country ?? null)),
    tzid: encodeStrings(events.map(({ tzid }) => tzid ?? null)),
    demand_class: encodeStrings(events.map(({ demandClass }) => demandClass ?? null)),
    merchant_id: {
      type: 'u64',
      values: new BigUint64Array(events.length),
      nulls: new Uint8Array(events.length).fill(1),
    },
    notes: encodeStrings(events.map(({ notes }) => notes)),
  });
}

function nullable<Values>(
  values: readonly (number | undefined)[],
  make: { from: (values: readonly number[]) => Values },
): { readonly values: Values; readonly nulls: Uint8Array } {
  return {
    values: make.from(values.map((value) => value ?? 0)),
    nulls: Uint8Array.from(values, (value) => (value === undefined ? 1 : 0)),
  };
}
