import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { encodeStrings, type Table, tableFrom } from '../../../lib/tables/columns.ts';
import { inspectParquet } from '../../../lib/tables/inspect-parquet.ts';
import { encodeStruct, i32, i64, struct, writeVarint } from '../../../lib/tables/parquet/compact-protocol.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import type { TableSchema } from '../../../lib/tables/schema.ts';
import { productOf } from '../../../lib/tables/write-product.ts';
import { writeTable } from '../../../lib/tables/write-table.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';

let folder: string;
let paths = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-product-'));
});
after(() => rm(folder, { recursive: true, force: true }));
const freshPath = () => {
  paths += 1;
  return join(folder, `${paths}.parquet`);
};

const schema: TableSchema = {
  name: 'product',
  columns: [
    {
      name: 'id',
      type: 'u64',
      nullable: false,
      rule: { kind: 'u64-range', minimum: 0n, maximum: 2n ** 64n - 1n },
    },
    { name: 'zone', type: 'string', nullable: false, rule: { kind: 'pattern', pattern: '^' } },
    { name: 'h', type: 'i32', nullable: false, rule: { kind: 'range' } },
    { name: 'x', type: 'f64', nullable: false },
    { name: 'y', type: 'f64', nullable: false },
  ],
  primaryKey: ['id', 'zone', 'h'],
  sort: [],
};
const keys = schema.columns.slice(0, 3);

type Parts = {
  readonly outer: Table;
  readonly inner: Table;
  readonly x: Float64Array;
  readonly y: Float64Array;
};

function partsOf(ids: readonly bigint[], zones: readonly string[], innerRows: number): Parts {
  const rows = ids.length * innerRows;
  return {
    outer: tableFrom({
      id: { type: 'u64', values: BigUint64Array.from(ids) },
      zone: encodeStrings(ids.map((_, row) => zones[row % zones.length] ?? '')),
    }),
    inner: tableFrom({ h: { type: 'i32', values: Int32Array.from({ length: innerRows }, (_, h) => h - 3) } }),
    x: Float64Array.from({ length: rows }, (_, row) => Math.sqrt(row)),
    y: Float64Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? 1.5 : 1)),
  };
}

async function written({ outer, inner, x, y }: Parts): Promise<string> {
  const path = freshPath();
  const cells = tableFrom({ x: { type: 'f64', values: x }, y: { type: 'f64', values: y } });
  await productOf(keys, outer, inner).write(path, schema, cells);
  return path;
}

/** The same rows by the general writer, keys laid out. */
async function laidOut({ outer, inner, x, y }: Parts): Promise<string> {
  const each = inner.rows;
  const [id, zone, h] = [outer.columns.get('id'), outer.columns.get('zone'), inner.columns.get('h')];
  assert.ok(id?.type === 'u64' && zone?.type === 'string' && h?.type === 'i32');
  const row = (index: number) => Math.floor(index / each);
  const path = freshPath();
  await writeTable(
    path,
    schema,
    tableFrom({
      id: { type: 'u64', values: BigUint64Array.from(x, (_, index) => id.values[row(index)] ?? 0n) },
      zone: {
        type: 'string',
        codes: Uint32Array.from(x, (_, index) => zone.codes[row(index)] ?? 0),
        dictionary: zone.dictionary,
      },
      h: { type: 'i32', values: Int32Array.from(x, (_, index) => h.values[index % each] ?? 0) },
      x: { type: 'f64', values: x },
      y: { type: 'f64', values: y },
    }),
  );
  return path;
}

/** Rows as DuckDB reads them, in their order. */
async function byDuckDb(path: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    const sql = `select id::VARCHAR, zone, h, x, y from read_parquet('${path}', file_row_number = true) order by file_row_number`;
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    instance.closeSync();
  }
}

/** Rows as polars reads them. */
async function byPolars(path: string): Promise<unknown> {
  const { columns } = await readTable(path, schema);
  return [...columns].map(([name, column]) => [
    name,
    column.type === 'string'
      ? Array.from(column.codes, (code) => column.dictionary[code])
      : Array.from(column.values, String),
  ]);
}

test('two engines read what the general writer of the same rows lets them read', async () => {
  const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(id, { minLength: 1, maxLength: 40 }),
      fc.array(fc.string({ minLength: 0, maxLength: 12, unit: 'grapheme' }), { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 200 }),
      async (ids, zones, innerRows) => {
        const parts = partsOf(ids, zones, innerRows);
        const [own, general] = [await written(parts), await laidOut(parts)];
        assert.deepEqual(await byDuckDb(own), await byDuckDb(general));
        assert.deepEqual(await byPolars(own), await byPolars(general));
      },
    ),
    { numRuns: 25 },
  );
});

test('several row groups, whole outer rows in each; bounds and counts are in the footer', async () => {
  const ids = Array.from({ length: 700 }, (_, index) => 2n ** 64n - 701n + BigInt(index));
  const path = await written(partsOf(ids, ['Ä/Ö', 'Zone/Ω', 'a'], 1_000));
  const { rows, rowGroups } = await inspectParquet(path);
  assert.equal(rows, 700_000);
  assert.deepEqual(rowGroups, [262_000, 262_000, 176_000]);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  assert.deepEqual(
    await read(
      `select stats_min_value, stats_max_value, stats_null_count::INTEGER from parquet_metadata('${path}')
        where path_in_schema in ('id', 'zone') and row_group_id = 0`,
    ),
    [
      [String(2n ** 64n - 701n), String(2n ** 64n - 440n), 0],
      ['Zone/Ω', 'Ä/Ö', 0],
    ],
  );
  // The bounds are used: a key beyond all of them reads nothing and finds nothing, one inside is found.
  assert.deepEqual(await read(`select count(*)::INTEGER from '${path}' where id = 5`), [[0]]);
  assert.deepEqual(await read(`select count(*)::INTEGER from '${path}' where id = ${2n ** 64n - 2n}`), [
    [1_000],
  ]);
  instance.closeSync();
});

test('the same values give the same bytes, and a column that two tables share is the same in both', async () => {
  const parts = partsOf([1n, 2n, 3n], ['a', 'b'], 500);
  const [one, two] = await Promise.all([written(parts), written(parts)]);
  assert.ok((await readFile(one)).equals(await readFile(two)));

  const product = productOf(keys, parts.outer, parts.inner);
  const column = { type: 'f64', values: parts.x } as const;
  const both = tableFrom({ x: column, y: column });
  const [first, second] = [freshPath(), freshPath()];
  await product.write(first, schema, both);
  const narrow: TableSchema = { ...schema, columns: schema.columns.filter(({ name }) => name !== 'y') };
  await product.write(second, narrow, tableFrom({ x: column }));
  const back = await readTable(second, narrow);
  const x = back.columns.get('x');
  assert.ok(x?.type === 'f64');
  assert.deepEqual(x.values, parts.x);
  assert.deepEqual(
    (await byDuckDb(first)).map((row) => (Array.isArray(row) ? row[3] === row[4] : false)),
    Array.from(parts.x, () => true),
  );
});

test('no outer row is a file without rows that every reader takes', async () => {
  const path = await written(partsOf([], ['a'], 100));
  assert.deepEqual(await byDuckDb(path), []);
  assert.equal((await readTable(path, schema)).rows, 0);
});

test('a renamed key has its new name alone', async () => {
  const parts = partsOf([7n], ['a'], 3);
  const renamed: TableSchema = {
    ...schema,
    columns: schema.columns.map((column) => (column.name === 'h' ? { ...column, name: 'utc' } : column)),
  };
  const path = freshPath();
  await productOf(keys, parts.outer, parts.inner).write(
    path,
    renamed,
    tableFrom({ x: { type: 'f64', values: parts.x }, y: { type: 'f64', values: parts.y } }),
    { h: 'utc' },
  );
  const { columns } = await inspectParquet(path);
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['id', 'zone', 'utc', 'x', 'y'],
  );
});

test('a file cut short is refused by its reader, and a place that cannot be written by its writer', async () => {
  const parts = partsOf([1n, 2n], ['a'], 10);
  const path = await written(parts);
  const product = productOf(keys, parts.outer, parts.inner);
  const cells = tableFrom({ x: { type: 'f64', values: parts.x }, y: { type: 'f64', values: parts.y } });
  for (const place of [join(folder, 'no', 'folder.parquet'), folder]) {
    await assert.rejects(
      product.write(place, schema, cells),
      (error: unknown) => isPlatformError(error) && error.failure.code === 'TABLE_WRITE_FAILED',
    );
  }
  await truncate(path, 200);
  await assert.rejects(readTable(path, schema));
});

test('numbers of the metadata, at the bounds of their bytes', () => {
  const varint = (value: bigint) => {
    const bytes: number[] = [];
    writeVarint(bytes, value);
    return bytes;
  };
  assert.deepEqual(varint(0n), [0]);
  assert.deepEqual(varint(127n), [0x7f]);
  assert.deepEqual(varint(128n), [0x80, 0x01]);
  assert.deepEqual(varint(16_383n), [0xff, 0x7f]);
  assert.deepEqual(varint(16_384n), [0x80, 0x80, 0x01]);
  assert.deepEqual(varint(2n ** 64n - 1n).length, 10);
  // Field 1 is an i32 of −1 (zigzag 1), field 3 an i64 of 150 (zigzag 300), then the end.
  assert.deepEqual(
    [...encodeStruct(struct({ 1: i32(-1), 3: i64(150), 4: undefined }))],
    [0x15, 0x01, 0x26, 0xac, 0x02, 0x00],
  );
});
