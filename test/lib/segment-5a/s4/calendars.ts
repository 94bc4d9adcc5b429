import { scenarioCalendarTable } from '../../../../lib/segment-5a/world-datasets.ts';
import { type Column, encodeStrings, type Table, tableFrom } from '../../../../lib/tables/columns.ts';
import type { OracleEvent } from '../oracle/overlay-oracle.ts';

/** An event as a test writes it: what is left out is null. */
export type EventRow = Partial<OracleEvent> & Pick<OracleEvent, 'type' | 'start' | 'end' | 'shape'>;

const instant = (minute: number) => new Date(minute * 60_000).toISOString().replace('Z', '000Z');

/** A calendar of these events, their ids in the order given. */
export function calendarOf(
  events: readonly EventRow[],
  change: Readonly<Record<string, Column>> = {},
): Table {
  const numbers = (pick: (event: EventRow) => number | null | undefined): Column => ({
    type: 'f64',
    values: Float64Array.from(events, (event) => pick(event) ?? 0),
    nulls: Uint8Array.from(events, (event) => (pick(event) == null ? 1 : 0)),
  });
  const counts = (pick: (event: EventRow) => number | null | undefined): Column => ({
    type: 'i32',
    values: Int32Array.from(events, (event) => pick(event) ?? 0),
    nulls: Uint8Array.from(events, (event) => (pick(event) == null ? 1 : 0)),
  });
  const isGlobal = ({ country, tzid, demandClass, merchantId }: EventRow) =>
    country == null && tzid == null && demandClass == null && merchantId == null;
  const columns: Record<string, Column> = {
    event_id: encodeStrings(events.map((_, row) => `EVT-${row.toString(16).padStart(24, '0')}`)),
    event_type: encodeStrings(events.map(({ type }) => type)),
    start_utc: encodeStrings(events.map(({ start }) => instant(start))),
    end_utc: encodeStrings(events.map(({ end }) => instant(end))),
    shape_kind: encodeStrings(events.map(({ shape }) => shape)),
    amplitude: numbers(({ amplitude }) => amplitude),
    amplitude_peak: numbers(({ peak }) => peak),
    ramp_in_buckets: counts(({ rampIn }) => rampIn),
    ramp_out_buckets: counts(({ rampOut }) => rampOut),
    scope_global: { type: 'boolean', values: Uint8Array.from(events, (event) => (isGlobal(event) ? 1 : 0)) },
    country_iso: encodeStrings(events.map(({ country }) => country ?? null)),
    tzid: encodeStrings(events.map(({ tzid }) => tzid ?? null)),
    demand_class: encodeStrings(events.map(({ demandClass }) => demandClass ?? null)),
    merchant_id: {
      type: 'u64',
      values: BigUint64Array.from(events, ({ merchantId }) => merchantId ?? 0n),
      nulls: Uint8Array.from(events, ({ merchantId }) => (merchantId == null ? 1 : 0)),
    },
    notes: encodeStrings(events.map(() => null)),
    ...change,
  };
  return tableFrom(
    Object.fromEntries(
      scenarioCalendarTable.table.columns.map(({ name }) => {
        const column = columns[name];
        if (column === undefined) throw new Error(`no column ${name}`);
        return [name, column];
      }),
    ),
  );
}

export function oracleEventOf(event: EventRow): OracleEvent {
  return {
    amplitude: null,
    peak: null,
    rampIn: null,
    rampOut: null,
    country: null,
    tzid: null,
    demandClass: null,
    merchantId: null,
    ...event,
  };
}
