import type { Column, Table } from '../../tables/columns.ts';
import { columnOf, isNull, textAt } from '../../tables/columns.ts';
import { epochMinutes } from '../frame/instants.ts';
import { cell, dataFault } from '../frame/segment-failure.ts';
import { type BucketWindow, bucketWindow, type EventLaw, scopeRank } from '../laws/event-curve.ts';
import type { Horizon } from '../laws/horizon.ts';
import type { ScenarioOverlayPolicy } from '../policies/scenario-overlay.ts';
import { type EventType, eventTypes, type ScopePredicate } from '../vocabulary.ts';

/** Whom an event acts on: rows that equal every predicate given; without any, all rows. */
export type EventScope = {
  readonly country?: string;
  readonly tzid?: string;
  readonly demandClass?: string;
  readonly merchantId?: bigint;
};

/** An event of the calendar that has passed every check, on the buckets of its horizon. */
export type CalendarEvent = {
  /** Row of the calendar. */
  readonly row: number;
  readonly type: EventType;
  readonly window: BucketWindow;
  readonly law: EventLaw;
  readonly scope: EventScope;
  readonly rank: number;
};

const table = 'scenario_calendar';

/**
 * The events of a calendar that was read against its schema. Throws `S4_OVERLAY_EVAL_FAILED` (65) for
 * an event that the overlay policy does not allow, and `S4_CALENDAR_ALIGNMENT_FAILED` (65) for a
 * window that is empty or leaves the horizon, naming row, column and value.
 */
export function calendarEvents(
  calendar: Table,
  horizon: Horizon,
  policy: ScenarioOverlayPolicy,
): readonly CalendarEvent[] {
  if (calendar.rows > policy.limits.events) {
    refuse(calendar.rows - 1, 'event_id', String(calendar.rows), `more than ${policy.limits.events} events`);
  }
  return Array.from({ length: calendar.rows }, (_, row) => calendarEvent(calendar, row, horizon, policy));
}

/** The event in one row of a calendar. Throws as `calendarEvents` does, about this row. */
export function calendarEvent(
  calendar: Table,
  row: number,
  horizon: Horizon,
  policy: ScenarioOverlayPolicy,
): CalendarEvent {
  const name = textAt(columnOf(calendar, 'event_type', 'string'), row);
  const type = eventTypes.find((known) => known === name);
  if (type === undefined) return refuse(row, 'event_type', String(name), 'an unknown type of event');
  const scope = scopeOf(calendar, row, type, policy);
  const rank = scopeRank(Object.keys(scope).length, scope.merchantId !== undefined);
  return {
    row,
    type,
    window: windowOf(calendar, row, horizon),
    law: lawOf(calendar, row, type, policy),
    scope,
    rank,
  };
}

function scopeOf(calendar: Table, row: number, type: EventType, policy: ScenarioOverlayPolicy): EventScope {
  const country = optionalText(calendar, 'country_iso', row);
  const tzid = optionalText(calendar, 'tzid', row);
  const demandClass = optionalText(calendar, 'demand_class', row);
  const merchants = columnOf(calendar, 'merchant_id', 'u64');
  const merchantId = isNull(merchants, row) ? undefined : merchants.values[row];
  const given: ScopePredicate[] = [
    ...(country === undefined ? [] : (['country'] as const)),
    ...(tzid === undefined ? [] : (['tzid'] as const)),
    ...(demandClass === undefined ? [] : (['demand_class'] as const)),
    ...(merchantId === undefined ? [] : (['merchant'] as const)),
  ];
  const global = columnOf(calendar, 'scope_global', 'boolean').values[row] === 1;
  const value = given.join(' and ');
  if (global && given.length > 0) refuse(row, 'scope_global', value, 'a global event has no predicate');
  if (!global && given.length === 0) refuse(row, 'scope_global', 'false', 'the scope is empty');
  if (merchantId !== undefined && given.length > 1) {
    refuse(row, 'merchant_id', value, 'a merchant is the only predicate of its event');
  }
  const allowed: readonly string[] = policy.types[type].scopes;
  for (const kind of global ? ['global'] : given) {
    if (!allowed.includes(kind)) {
      refuse(row, 'event_type', type, `an event of this type has no ${kind} scope (${allowed.join(', ')})`);
    }
  }
  return {
    ...(country === undefined ? {} : { country }),
    ...(tzid === undefined ? {} : { tzid }),
    ...(demandClass === undefined ? {} : { demandClass }),
    ...(merchantId === undefined ? {} : { merchantId }),
  };
}

function windowOf(calendar: Table, row: number, horizon: Horizon): BucketWindow {
  const start = textAt(columnOf(calendar, 'start_utc', 'string'), row) ?? '';
  const end = textAt(columnOf(calendar, 'end_utc', 'string'), row) ?? '';
  const [startMinute, endMinute] = [epochMinutes(start), epochMinutes(end)];
  const window = startMinute < endMinute ? bucketWindow(startMinute, endMinute, horizon) : undefined;
  if (window !== undefined) return window;
  return dataFault({
    code: 'S4_CALENDAR_ALIGNMENT_FAILED',
    message: `row ${row}: the window of the event is empty or leaves the horizon`,
    where: cell(table, row, 'start_utc, end_utc'),
    value: `[${start}, ${end})`,
    remedy: 'Move the window inside the horizon of the scenario, its end after its start.',
  });
}

function lawOf(calendar: Table, row: number, type: EventType, policy: ScenarioOverlayPolicy): EventLaw {
  const rule = policy.types[type];
  const shape = textAt(columnOf(calendar, 'shape_kind', 'string'), row);
  if (shape === 'constant') {
    unused(calendar, row, ['amplitude_peak', 'ramp_in_buckets', 'ramp_out_buckets'], 'constant');
    const amplitude = optionalNumber(calendar, 'amplitude', row) ?? rule.default_amplitude;
    requireAmplitude(row, 'amplitude', amplitude, type, policy);
    return { shape, amplitude };
  }
  if (shape !== 'ramp') return refuse(row, 'shape_kind', String(shape), 'neither constant nor ramp');
  unused(calendar, row, ['amplitude'], 'ramp');
  const peak = optionalNumber(calendar, 'amplitude_peak', row);
  if (peak === undefined) return refuse(row, 'amplitude_peak', 'null', 'a ramp has a peak');
  requireAmplitude(row, 'amplitude_peak', peak, type, policy);
  const ramp = (column: string) => {
    const buckets = optionalNumber(calendar, column, row) ?? 0;
    if (buckets > policy.limits.ramp_buckets || buckets < 0) {
      refuse(row, column, String(buckets), `a ramp has at most ${policy.limits.ramp_buckets} buckets`);
    }
    return buckets;
  };
  return { shape, peak, rampIn: ramp('ramp_in_buckets'), rampOut: ramp('ramp_out_buckets') };
}

/** A value that would act on nothing is a mistake of whoever wrote it. */
function unused(calendar: Table, row: number, columns: readonly string[], shape: string): void {
  for (const column of columns) {
    const value = optionalNumber(calendar, column, row);
    if (value !== undefined) refuse(row, column, String(value), `a ${shape} event makes no use of it`);
  }
}

function requireAmplitude(
  row: number,
  column: string,
  amplitude: number,
  type: EventType,
  policy: ScenarioOverlayPolicy,
): void {
  for (const { minimum, maximum } of [policy.limits.amplitude, policy.types[type].amplitude_bounds]) {
    if (amplitude >= minimum && amplitude <= maximum) continue;
    refuse(row, column, String(amplitude), `amplitudes of ${type} lie within [${minimum}, ${maximum}]`);
  }
}

function optionalText(calendar: Table, name: string, row: number): string | undefined {
  return textAt(columnOf(calendar, name, 'string'), row) ?? undefined;
}

function optionalNumber(calendar: Table, name: string, row: number): number | undefined {
  const column: Column | undefined = calendar.columns.get(name);
  if (column?.type !== 'f64' && column?.type !== 'i32') throw new Error(`${name} holds no numbers`);
  return isNull(column, row) ? undefined : column.values[row];
}

function refuse(row: number, column: string, value: string, message: string): never {
  return dataFault({
    code: 'S4_OVERLAY_EVAL_FAILED',
    message: `row ${row}: ${column} ${value}: ${message}`,
    where: cell(table, row, column),
    value,
    remedy: 'Correct the event; what is allowed stands in scenario_overlay.yaml.',
  });
}
