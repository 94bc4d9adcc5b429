import assert from 'node:assert/strict';
import { takeRows } from '../../lib/segment-5a/frame/build-columns.ts';
import { type Column, encodeStrings, type Table } from '../../lib/tables/columns.ts';
import { smallWorld, type WorldOptions, type WorldTables } from '../lib/segment-5a/make-world.ts';

/** The world that every case spoils. */
export const goodWorld = smallWorld(12);
const good = goodWorld;

type TableName = Exclude<keyof WorldTables, 'calendars'>;

/** One cell written over; the column keeps its type. */
function withCell(table: Table, name: string, row: number, value: bigint | number | string | null): Table {
  const column = table.columns.get(name);
  assert.ok(column);
  return withColumn(table, name, changed(column, row, value));
}

function changed(column: Column, row: number, value: bigint | number | string | null): Column {
  if (value === null) {
    const nulls = new Uint8Array(column.type === 'string' ? column.codes.length : column.values.length);
    nulls[row] = 1;
    return { ...column, nulls };
  }
  switch (column.type) {
    case 'u64':
      return { ...column, values: column.values.with(row, BigInt(value)) };
    case 'f64':
      return { ...column, values: column.values.with(row, Number(value)) };
    case 'i32':
      return { ...column, values: column.values.with(row, Number(value)) };
    case 'boolean':
      return { ...column, values: column.values.with(row, Number(value)) };
    case 'string':
      return {
        ...column,
        codes: column.codes.with(row, column.dictionary.length),
        dictionary: [...column.dictionary, String(value)],
      };
  }
}

function withColumn(table: Table, name: string, column: Column): Table {
  return { rows: table.rows, columns: new Map([...table.columns, [name, column]]) };
}

function without(table: Table, name: string): Table {
  return { rows: table.rows, columns: new Map([...table.columns].filter(([own]) => own !== name)) };
}

function reordered(table: Table, rows: readonly number[]): Table {
  const taken = [...table.columns].map(
    ([name, column]) => [name, takeRows(column, Uint32Array.from(rows))] as const,
  );
  return { rows: rows.length, columns: new Map(taken) };
}

const nobody = (table: Table) => reordered(table, []);
const all = (table: Table) => Array.from({ length: table.rows }, (_, row) => row);
const change = (name: TableName, edit: (table: Table) => Table): WorldTables => ({
  ...good,
  [name]: edit(good[name]),
});
const cell = (name: TableName, column: string, row: number, value: bigint | number | string | null) =>
  change(name, (table) => withCell(table, column, row, value));

const schemaMismatch = 'S0_SEALED_INPUT_SCHEMA_MISMATCH';
const floats = (rows: number): Column => ({ type: 'f64', values: new Float64Array(rows).fill(1) });
const integers = (rows: number): Column => ({ type: 'i32', values: new Int32Array(rows).fill(1) });

/** Name, world, the code that refuses it, and what the refusal says somewhere. */
export const badTables: readonly (readonly [string, WorldTables, string, RegExp])[] = [
  ...(['merchants', 'zoneAlloc', 'virtualClassification', 'scenarios', 'zoneOffsets'] as const).flatMap(
    (name) =>
      [...good[name].columns.keys()].map(
        (column) =>
          [
            `${name} without ${column}`,
            change(name, (table) => without(table, column)),
            schemaMismatch,
            new RegExp(column),
          ] as const,
      ),
  ),
  ...(['merchants', 'zoneAlloc', 'virtualClassification', 'zoneOffsets'] as const).map(
    (name) =>
      [
        `${name} with a column too many`,
        change(name, (table) => withColumn(table, 'surplus', integers(table.rows))),
        schemaMismatch,
        /surplus/,
      ] as const,
  ),
  [
    'merchant ids as floats',
    change('merchants', (table) => withColumn(table, 'merchant_id', floats(table.rows))),
    schemaMismatch,
    /merchant_id/,
  ],
  [
    'site counts as floats',
    change('zoneAlloc', (table) => withColumn(table, 'zone_site_count', floats(table.rows))),
    schemaMismatch,
    /zone_site_count/,
  ],
  [
    'category codes as text',
    change('merchants', (table) => withColumn(table, 'mcc', encodeStrings(all(table).map(() => '5411')))),
    schemaMismatch,
    /mcc/,
  ],
  ['merchant id 0', cell('merchants', 'merchant_id', 0, 0n), schemaMismatch, /merchant_id\[0\]|row 0/],
  ['a null merchant id', cell('zoneAlloc', 'merchant_id', 3, null), schemaMismatch, /row 3/],
  ['a null zone', cell('zoneAlloc', 'tzid', 2, null), schemaMismatch, /row 2/],
  ['a null virtual mode', cell('virtualClassification', 'virtual_mode', 1, null), schemaMismatch, /row 1/],
  ['a negative site count', cell('zoneAlloc', 'zone_site_count', 4, -1), schemaMismatch, /row 4/],
  ['a negative category code', cell('merchants', 'mcc', 5, -5411), schemaMismatch, /row 5/],
  ['a category code of five digits', cell('merchants', 'mcc', 5, 54110), schemaMismatch, /54110/],
  ['an unknown channel', cell('merchants', 'channel', 2, 'mixed'), schemaMismatch, /mixed/],
  [
    'an unknown virtual mode',
    cell('virtualClassification', 'virtual_mode', 2, 'SEMI'),
    schemaMismatch,
    /SEMI/,
  ],
  ['a country in lower case', cell('zoneAlloc', 'legal_country_iso', 1, 'de'), schemaMismatch, /de/],
  ['a zone with a space', cell('zoneAlloc', 'tzid', 1, 'Europe/ Berlin'), schemaMismatch, /Europe\/ Berlin/],
  [
    'a merchant twice',
    change('merchants', (table) => reordered(table, [0, ...all(table).slice(0, -1)])),
    schemaMismatch,
    /row 1/,
  ],
  [
    'a merchant-zone twice',
    change('zoneAlloc', (table) => reordered(table, [0, ...all(table).slice(0, -1)])),
    schemaMismatch,
    /row 1/,
  ],
  [
    'rows out of order',
    change('zoneAlloc', (table) => reordered(table, all(table).toReversed())),
    schemaMismatch,
    /row 1/,
  ],
  ['an offset of two days', cell('zoneOffsets', 'offset_minutes', 0, 2_880), schemaMismatch, /2880/],
  [
    'a start that is no instant',
    cell('scenarios', 'horizon_start_utc', 0, '2026-01-01'),
    schemaMismatch,
    /2026-01-01/,
  ],
  [
    'a category code of no sector',
    cell('merchants', 'mcc', 3, 9_998),
    'S1_FEATURE_DERIVATION_FAILED',
    /9998/,
  ],
  [
    'a merchant without virtual mode',
    change('virtualClassification', (table) => reordered(table, all(table).slice(1))),
    'S1_FEATURE_DERIVATION_FAILED',
    /virtual_classification/,
  ],
  [
    'a virtual mode for nobody',
    change('merchants', (table) => reordered(table, all(table).slice(0, -1))),
    'S1_FEATURE_DERIVATION_FAILED',
    /virtual_classification row 11/,
  ],
  [
    'zones of nobody',
    {
      ...good,
      merchants: reordered(good.merchants, all(good.merchants).slice(0, -1)),
      virtualClassification: reordered(good.virtualClassification, all(good.merchants).slice(0, -1)),
    },
    'S1_DOMAIN_ALIGNMENT_FAILED',
    /9223372036854775818/,
  ],
  [
    'a zone that the zone table does not have',
    change('zoneOffsets', (table) => reordered(table, all(table).slice(1))),
    'S1_DOMAIN_ALIGNMENT_FAILED',
    /America\/Chicago/,
  ],
  [
    'counts that do not add up',
    cell('zoneAlloc', 'zone_site_count', 0, 500),
    'S1_DOMAIN_ALIGNMENT_FAILED',
    /add up/,
  ],
  [
    'two sums in one country',
    cell('zoneAlloc', 'zone_site_count_sum', 0, 500),
    'S1_DOMAIN_ALIGNMENT_FAILED',
    /two sums|add up/,
  ],
  [
    'a scenario that no policy declares',
    cell('scenarios', 'scenario_id', 1, 'zz_v1'),
    'S0_REQUIRED_SCENARIO_MISSING',
    /zz_v1/,
  ],
  ['no scenario at all', change('scenarios', nobody), 'S0_REQUIRED_SCENARIO_MISSING', /no scenario/],
  [
    'no merchant-zone at all',
    change('zoneAlloc', nobody),
    'S0_REQUIRED_INPUT_MISSING',
    /zone_alloc has no row/,
  ],
  [
    'no merchant at all',
    {
      ...good,
      merchants: nobody(good.merchants),
      zoneAlloc: nobody(good.zoneAlloc),
      virtualClassification: nobody(good.virtualClassification),
    },
    'S0_REQUIRED_INPUT_MISSING',
    /merchants has no row/,
  ],
  [
    'a horizon before the policy',
    cell('scenarios', 'horizon_start_utc', 0, '2025-12-31T00:00:00.000000Z'),
    'S4_HORIZON_GRID_INVALID',
    /2025-12-31/,
  ],
  [
    'a horizon beyond the policy',
    cell('scenarios', 'horizon_end_utc', 0, '2026-05-01T00:00:00.000000Z'),
    'S4_HORIZON_GRID_INVALID',
    /2026-05-01/,
  ],
  [
    'a horizon shorter than a week',
    cell('scenarios', 'horizon_end_utc', 0, '2026-01-07T00:00:00.000000Z'),
    'S4_HORIZON_GRID_INVALID',
    /7 days/,
  ],
  [
    'a horizon of half a bucket',
    cell('scenarios', 'horizon_end_utc', 0, '2026-01-15T00:30:00.000000Z'),
    'S4_HORIZON_GRID_INVALID',
    /bucket/,
  ],
  [
    'a horizon that starts off the grid',
    cell('scenarios', 'horizon_start_utc', 0, '2026-01-01T00:30:00.000000Z'),
    'S4_HORIZON_GRID_INVALID',
    /grid/,
  ],
  [
    'a horizon that ends on 30 February',
    cell('scenarios', 'horizon_end_utc', 0, '2026-02-30T00:00:00.000000Z'),
    'S4_HORIZON_GRID_INVALID',
    /2026-02-30/,
  ],
];

const calendarPath = 'scenario_calendar/scenario_id=stress_v1/part-0.parquet';

/** Name, how the world is sealed, the code that refuses it, and what the refusal says somewhere. */
export const badBundles: readonly (readonly [string, WorldOptions, string, RegExp])[] = [
  ['a world that has not passed', { verdict: 'FAIL' }, 'S0_UPSTREAM_NOT_PASS', /not passed/],
  ['no merchants', { without: ['merchants.parquet'] }, 'S0_REQUIRED_INPUT_MISSING', /merchants/],
  ['no zone table', { without: ['zone_offsets.parquet'] }, 'S0_REQUIRED_INPUT_MISSING', /zone_offsets/],
  ['no calendar for a scenario', { without: [calendarPath] }, 'S0_REQUIRED_SCENARIO_MISSING', /stress_v1/],
  ['an empty file', { raw: { 'merchants.parquet': new Uint8Array(0) } }, schemaMismatch, /merchants/],
  [
    'a file that is no Parquet',
    { raw: { 'zone_alloc.parquet': Buffer.from('a,b\n1,2\n') } },
    schemaMismatch,
    /zone_alloc/,
  ],
  [
    'a calendar that is no Parquet',
    { raw: { [calendarPath]: Buffer.from('PAR1PAR1') } },
    schemaMismatch,
    /scenario_calendar/,
  ],
  ['a seed that is no number', { document: { seed: '-1' } }, schemaMismatch, /seed/],
  [
    'a seed of more than 64 bits',
    { document: { seed: String(2n ** 64n) } },
    schemaMismatch,
    /seed.* at most 64 bits/,
  ],
  ['an unknown document', { document: { schema: 'fraud-platform/world/v9' } }, schemaMismatch, /schema/],
  [
    'no tz database version',
    { document: { tz_database_version: 'latest' } },
    schemaMismatch,
    /tz_database_version/,
  ],
  [
    'an upstream bundle outside the world',
    { document: { upstream: [{ segment: '3A', path: '../3A' }] } },
    schemaMismatch,
    /upstream/,
  ],
  [
    'an upstream bundle that is not there',
    { document: { upstream: [{ segment: '3A', path: 'upstream/3A' }] } },
    'S0_REQUIRED_INPUT_MISSING',
    /3A/,
  ],
];
