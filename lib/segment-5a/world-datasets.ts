import {
  amount,
  channel,
  count,
  country,
  demandClass,
  eventType,
  flag,
  instant,
  integer,
  legalCountry,
  merchantId,
  nullable,
  pattern,
  scenarioId,
  shapeKind,
  text,
  tzid,
  virtualMode,
} from './columns.ts';
import type { Dataset } from './dataset.ts';

/**
 * The tables of a world, below the payload folder (`data/`) of its bundle. A team's own tables in this
 * shape are a world like a generated one.
 */

export const merchantsTable: Dataset = {
  table: {
    name: 'merchants',
    columns: [merchantId, integer('mcc', 0, 9_999), channel, country('home_country_iso')],
    primaryKey: ['merchant_id'],
    sort: ['merchant_id'],
  },
  pathTemplate: 'merchants.parquet',
};

export const zoneAllocTable: Dataset = {
  table: {
    name: 'zone_alloc',
    columns: [merchantId, legalCountry, tzid, count('zone_site_count'), count('zone_site_count_sum')],
    primaryKey: ['merchant_id', 'legal_country_iso', 'tzid'],
    sort: ['merchant_id', 'legal_country_iso', 'tzid'],
  },
  pathTemplate: 'zone_alloc.parquet',
};

export const virtualClassificationTable: Dataset = {
  table: {
    name: 'virtual_classification',
    columns: [merchantId, virtualMode],
    primaryKey: ['merchant_id'],
    sort: ['merchant_id'],
  },
  pathTemplate: 'virtual_classification.parquet',
};

/** One row a scenario: its horizon [start, end). */
export const scenariosTable: Dataset = {
  table: {
    name: 'scenarios',
    columns: [scenarioId, instant('horizon_start_utc'), instant('horizon_end_utc')],
    primaryKey: ['scenario_id'],
    sort: ['scenario_id'],
  },
  pathTemplate: 'scenarios.parquet',
};

/**
 * UTC offsets of each zone: from `from_utc_minute` (minutes since the Unix epoch) on, local time is UTC
 * plus `offset_minutes`, until the zone's next row. The first row of a zone reaches back before every
 * horizon. Which release of the tz database this is stands in `world.json`.
 */
export const zoneOffsetsTable: Dataset = {
  table: {
    name: 'zone_offsets',
    columns: [
      tzid,
      integer('from_utc_minute', -(2 ** 31), 2 ** 31 - 1),
      integer('offset_minutes', -1_440, 1_440),
    ],
    primaryKey: ['tzid', 'from_utc_minute'],
    sort: ['tzid', 'from_utc_minute'],
  },
  pathTemplate: 'zone_offsets.parquet',
};

/** The events of one scenario; windows are [start, end). */
export const scenarioCalendarTable: Dataset = {
  table: {
    name: 'scenario_calendar',
    columns: [
      pattern('event_id', '^EVT-[0-9a-f]{24}$'),
      eventType,
      instant('start_utc'),
      instant('end_utc'),
      shapeKind,
      // Judged by S4 against the policies, with the event's own code.
      nullable(amount('amplitude')),
      nullable(amount('amplitude_peak')),
      nullable(count('ramp_in_buckets')),
      nullable(count('ramp_out_buckets')),
      flag('scope_global'),
      nullable(country('country_iso')),
      nullable(tzid),
      nullable(demandClass),
      nullable(merchantId),
      nullable(text('notes')),
    ],
    primaryKey: ['event_id'],
    sort: ['event_id'],
  },
  pathTemplate: 'scenario_calendar/scenario_id={scenario_id}/part-0.parquet',
};

export const worldDatasets: readonly Dataset[] = [
  merchantsTable,
  scenarioCalendarTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
];
