import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BundleVerdict, layOutBundle, type PayloadItem } from '../../../lib/evidence/format/bundle.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of, sha256OfStream } from '../../../lib/evidence/format/digest.ts';
import { type Dataset, datasetPath } from '../../../lib/segment-5a/dataset.ts';
import {
  merchantsTable,
  scenarioCalendarTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../../../lib/segment-5a/world-datasets.ts';
import { type Column, encodeStrings, type Table, tableFrom } from '../../../lib/tables/columns.ts';
import { frameOf } from '../../../lib/tables/frames.ts';
import type { ColumnType } from '../../../lib/tables/schema.ts';
import { sinkFrame } from '../../../lib/tables/write-table.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';

/** The tables of a world as columns; tests change one thing and see what the states say to it. */
export type WorldTables = {
  readonly merchants: Table;
  readonly zoneAlloc: Table;
  readonly virtualClassification: Table;
  readonly scenarios: Table;
  readonly zoneOffsets: Table;
  readonly calendars: Readonly<Record<string, Table>>;
};

const zones: readonly (readonly [country: string, tzid: string, offset: number])[] = [
  ['AE', 'Asia/Dubai', 240],
  ['DE', 'Europe/Berlin', 60],
  ['DE', 'Europe/Busingen', 60],
  ['IN', 'Asia/Kolkata', 330],
  ['US', 'America/Chicago', -360],
  ['US', 'America/New_York', -300],
];

const codes = [5411, 5411, 5812, 5541, 4900, 4814, 7011, 8062, 5697, 6011, 9311, 5999];

/** A world by rule, not by chance: merchant i sells in one or two countries, in the first zone of each most. */
export function smallWorld(merchants = 24): WorldTables {
  const ids = Array.from({ length: merchants }, (_, i) =>
    i % 5 === 0 ? 2n ** 63n + BigInt(i) : BigInt(i * 7 + 1),
  ).sort((a, b) => (a < b ? -1 : 1));
  const rows = ids.flatMap((id, i) => {
    const countries = i % 3 === 0 ? ['DE', 'US'] : [zones[(i * 5) % zones.length]?.[0] ?? 'DE'];
    return countries.flatMap((country) => {
      const own = zones.filter(([code]) => code === country);
      const counts = own.map((_, at) => (at === 0 ? 1 + (i % 9) : i % 2));
      const sum = counts.reduce((total, count) => total + count, 0);
      return own.map(([, tzid], at) => ({ id, country, tzid, count: counts[at] ?? 0, sum }));
    });
  });
  const channel = (i: number) => (i % 4 === 3 ? 'card_not_present' : 'card_present');
  return {
    merchants: tableFrom({
      merchant_id: { type: 'u64', values: BigUint64Array.from(ids) },
      mcc: { type: 'i32', values: Int32Array.from(ids, (_, i) => codes[i % codes.length] ?? 5411) },
      channel: encodeStrings(ids.map((_, i) => channel(i))),
      home_country_iso: encodeStrings(ids.map(() => 'DE')),
    }),
    zoneAlloc: tableFrom({
      merchant_id: { type: 'u64', values: BigUint64Array.from(rows, ({ id }) => id) },
      legal_country_iso: encodeStrings(rows.map(({ country }) => country)),
      tzid: encodeStrings(rows.map(({ tzid }) => tzid)),
      zone_site_count: { type: 'i32', values: Int32Array.from(rows, ({ count }) => count) },
      zone_site_count_sum: { type: 'i32', values: Int32Array.from(rows, ({ sum }) => sum) },
    }),
    virtualClassification: tableFrom({
      merchant_id: { type: 'u64', values: BigUint64Array.from(ids) },
      virtual_mode: encodeStrings(ids.map((_, i) => (i % 11 === 7 ? 'HYBRID' : 'NON_VIRTUAL'))),
    }),
    scenarios: tableFrom({
      scenario_id: encodeStrings(['baseline_v1', 'stress_v1']),
      horizon_start_utc: encodeStrings(['2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z']),
      horizon_end_utc: encodeStrings(['2026-01-15T00:00:00.000000Z', '2026-01-15T00:00:00.000000Z']),
    }),
    zoneOffsets: offsetsTable(),
    calendars: { baseline_v1: emptyCalendar(), stress_v1: emptyCalendar() },
  };
}

function offsetsTable(): Table {
  const sorted = zones.toSorted(([, one], [, other]) => (one < other ? -1 : 1));
  return tableFrom({
    tzid: encodeStrings(sorted.map(([, tzid]) => tzid)),
    from_utc_minute: {
      type: 'i32',
      values: Int32Array.from(sorted, () => Date.parse('2025-11-10') / 60_000),
    },
    offset_minutes: { type: 'i32', values: Int32Array.from(sorted, ([, , offset]) => offset) },
  });
}

export function emptyCalendar(): Table {
  const { columns } = scenarioCalendarTable.table;
  return tableFrom(Object.fromEntries(columns.map(({ name, type }) => [name, emptyColumn(type)])));
}

function emptyColumn(type: ColumnType): Column {
  switch (type) {
    case 'u64':
      return { type, values: new BigUint64Array(0) };
    case 'f64':
      return { type, values: new Float64Array(0) };
    case 'i32':
      return { type, values: new Int32Array(0) };
    case 'boolean':
      return { type, values: new Uint8Array(0) };
    case 'string':
      return encodeStrings([]);
  }
}

export type WorldOptions = {
  readonly verdict?: BundleVerdict['result'];
  readonly document?: JsonObject;
  /** Payload paths that are left out. */
  readonly without?: readonly string[];
  /** Payload files as raw bytes, in place of a table or beside them. */
  readonly raw?: Readonly<Record<string, Uint8Array>>;
};

const encoded = new WeakMap<Table, Uint8Array>();

/** Writes a table as Parquet; one that was written before in this process is not encoded again. */
async function placeTable(file: string, { table: schema }: Dataset, table: Table): Promise<void> {
  const known = encoded.get(table);
  if (known !== undefined) return await writeFile(file, known);
  const columns = [...table.columns].map(([name, column]) => ({ name, type: column.type, nullable: true }));
  await sinkFrame(file, schema, frameOf(columns, table));
  encoded.set(table, await readFile(file));
}

/** Seals tables as a world in a new folder, without looking at what they say. */
export async function sealWorld(tables: WorldTables, options: WorldOptions = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'world-'));
  const parts: readonly (readonly [Dataset, Table, string])[] = [
    [merchantsTable, tables.merchants, ''],
    [zoneAllocTable, tables.zoneAlloc, ''],
    [virtualClassificationTable, tables.virtualClassification, ''],
    [scenariosTable, tables.scenarios, ''],
    [zoneOffsetsTable, tables.zoneOffsets, ''],
    ...Object.entries(tables.calendars).map(([id, table]) => [scenarioCalendarTable, table, id] as const),
  ];
  const items: PayloadItem[] = [];
  for (const [dataset, table, scenario] of parts) {
    const path = datasetPath(dataset, { scenario_id: scenario });
    if (options.without?.includes(path) || options.raw?.[path] !== undefined) continue;
    const file = join(folder, 'data', path);
    await mkdir(dirname(file), { recursive: true });
    await placeTable(file, dataset, table);
    items.push({ path, origin: 'native', file, ...(await sha256OfStream(createReadStream(file))) });
  }
  const document = canonicalBytes({
    schema: 'fraud-platform/world/v1',
    seed: '42',
    tz_database_version: '2026c',
    upstream: [],
    ...options.document,
  });
  for (const [path, content] of Object.entries({ 'world.json': document, ...options.raw })) {
    if (options.without?.includes(path)) continue;
    await mkdir(dirname(join(folder, 'data', path)), { recursive: true });
    await writeFile(join(folder, 'data', path), content);
    items.push({ path, origin: 'native', content });
  }
  const bundle = layOutBundle({
    items,
    manifestFingerprint: sha256Of('world'),
    verdict: { result: options.verdict ?? 'PASS', reasons: [] },
    inputs: [],
    code: { version: '0.1.0', imageDigest: 'local' },
    clocks: {},
  });
  for (const { path, ...item } of bundle.payload) {
    if (path === 'data/items.json' && 'content' in item) await writeFile(join(folder, path), item.content);
  }
  for (const [name, bytes] of bundle.tags) await writeFile(join(folder, name), bytes);
  return folder;
}
