import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { type Column, encodeStrings, type Table, tableFrom } from '../../../lib/tables/columns.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import type { TableSchema } from '../../../lib/tables/schema.ts';
import { productOf } from '../../../lib/tables/write-product.ts';

let folder: string;
let paths = 0;
let duckDb: DuckDBInstance;
let connection: DuckDBConnection;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-format-'));
  duckDb = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await duckDb.connect();
});
after(async () => {
  duckDb.closeSync();
  await rm(folder, { recursive: true, force: true });
});
const freshPath = () => {
  paths += 1;
  return join(folder, `${paths}.parquet`);
};

const schema: TableSchema = {
  name: 'format',
  columns: [
    {
      name: 'id',
      type: 'u64',
      nullable: false,
      rule: { kind: 'u64-range', minimum: 0n, maximum: 2n ** 64n - 1n },
    },
    { name: 'word', type: 'string', nullable: false },
    { name: 'h', type: 'i32', nullable: false },
    { name: 'x', type: 'f64', nullable: true },
  ],
  primaryKey: ['id', 'word', 'h'],
  sort: [],
};
const keys = schema.columns.slice(0, 3);

type Row = { readonly id: bigint; readonly word: string; readonly h: number; readonly x: number };

function outerOf(ids: readonly bigint[], words: readonly string[]): Table {
  return tableFrom({
    id: { type: 'u64', values: BigUint64Array.from(ids) },
    word: encodeStrings(ids.map((_, row) => words[row % words.length] ?? '')),
  });
}

function innerOf(rows: number): Table {
  return tableFrom({ h: { type: 'i32', values: Int32Array.from({ length: rows }, (_, h) => h - 2) } });
}

async function written(outer: Table, inner: Table, x: Column): Promise<string> {
  const path = freshPath();
  await productOf(keys, outer, inner).write(path, schema, tableFrom({ x }));
  return path;
}

function f64(values: Iterable<number>): Column {
  return { type: 'f64', values: Float64Array.from(values) };
}

async function query(sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

/** By the reader that is written in JavaScript and shares nothing with the other two. */
async function byHyparquet(path: string): Promise<Record<string, unknown>[]> {
  const bytes = await readFile(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return parquetReadObjects({ file, compressors: { ZSTD: (input) => zstdDecompressSync(input) } });
}

test('law: a third reader finds every row of any product, ids of 64 bits and any text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.string({ maxLength: 9, unit: 'grapheme' }), { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 }),
      async (ids, words, innerRows, numbers) => {
        const x = (row: number) => numbers[row % numbers.length] ?? 0;
        const rows = ids.length * innerRows;
        const path = await written(
          outerOf(ids, words),
          innerOf(innerRows),
          f64(Array.from({ length: rows }, (_, row) => x(row))),
        );
        const expected = Array.from({ length: rows }, (_, row): Row => {
          const pair = Math.floor(row / innerRows);
          const word = words[pair % words.length] ?? '';
          return { id: ids[pair] ?? 0n, word, h: (row % innerRows) - 2, x: x(row) };
        });
        assert.deepEqual(await byHyparquet(path), expected);
      },
    ),
    { numRuns: 50 },
  );
});

// A run of n has the header 2n; 1, 2 and 3 bytes of it, a page beyond a mebibyte, more than a row group.
for (const innerRows of [1, 63, 64, 127, 128, 8_191, 8_192, 16_384, 262_144, 262_145]) {
  test(`runs of ${innerRows} rows are as long as they say`, async () => {
    const values = Float64Array.from({ length: 3 * innerRows }, (_, row) => row);
    const path = await written(outerOf([1n, 1n, 2n], ['a', 'b', 'b']), innerOf(innerRows), f64(values));
    assert.deepEqual(
      await query(
        `select id::VARCHAR as id, word, count(*)::INTEGER, min(h), max(h), min(x)::INTEGER, max(x)::INTEGER
           from '${path}' group by all order by id, word`,
      ),
      ['a', 'b', 'b'].map((word, pair) => {
        const [from, to] = [pair * innerRows, (pair + 1) * innerRows - 1];
        return [pair < 2 ? '1' : '2', word, innerRows, -2, innerRows - 3, from, to];
      }),
    );
    const back = (await readTable(path, schema)).columns.get('x');
    assert.ok(back?.type === 'f64');
    assert.deepEqual(back.values, values);
  });
}

for (const distinct of [1, 2, 3, 256, 257, 65_536, 65_537]) {
  test(`${distinct} distinct keys have codes of enough bits`, async () => {
    const ids = Array.from({ length: distinct }, (_, index) => 2n ** 64n - 1n - BigInt(index));
    const path = await written(outerOf(ids, ['a']), innerOf(1), f64(ids.map(() => 1)));
    assert.deepEqual(await query(`select count(distinct id)::INTEGER, max(id)::VARCHAR from '${path}'`), [
      [distinct, String(2n ** 64n - 1n)],
    ]);
    const back = (await readTable(path, schema)).columns.get('id');
    assert.ok(back?.type === 'u64');
    assert.deepEqual(back.values, BigUint64Array.from(ids));
  });
}

test('text is bounded in the order of its bytes: what a reader looks for is not skipped', async () => {
  // U+10000 is above U+FFFD in bytes, and below it in the order of JavaScript.
  const words = ['\u{10000}', '\ufffd', 'z'];
  const path = await written(outerOf([1n, 2n, 3n], words), innerOf(2), f64([0, 1, 2, 3, 4, 5]));
  for (const word of words) {
    assert.deepEqual(await query(`select count(*)::INTEGER from '${path}' where word = '${word}'`), [[2]]);
  }
  assert.deepEqual(
    await query(
      `select stats_min_value, stats_max_value from parquet_metadata('${path}') where path_in_schema = 'word'`,
    ),
    [['z', '\u{10000}']],
  );
});

test('numbers are bounded too, zeros on the side that holds both of them', async () => {
  const bounds = async (values: readonly number[]) => {
    const path = await written(outerOf([1n], ['a']), innerOf(values.length), f64(values));
    return query(
      `select stats_min_value, stats_max_value, stats_null_count::INTEGER
         from parquet_metadata('${path}') where path_in_schema in ('h', 'x') order by column_id`,
    );
  };
  assert.deepEqual(await bounds([0, 0.5, -0]), [
    ['-2', '0', 0],
    ['-0.0', '0.5', 0],
  ]);
  assert.deepEqual((await bounds([-0, -1e300]))[1], ['-1e+300', '0.0', 0]);
});

test('values of different columns are never taken for each other', async () => {
  const codes = Uint32Array.of(0, 1);
  const outer = tableFrom({
    first: { type: 'string', codes, dictionary: ['a', 'b'] },
    second: { type: 'string', codes, dictionary: ['c', 'd'] },
  });
  const table: TableSchema = {
    name: 'words',
    columns: [
      { name: 'first', type: 'string', nullable: false },
      { name: 'second', type: 'string', nullable: false },
      { name: 'h', type: 'i32', nullable: false },
    ],
    primaryKey: [],
    sort: [],
  };
  const path = freshPath();
  await productOf(table.columns, outer, innerOf(1)).write(path, table, { rows: 2, columns: new Map() });
  assert.deepEqual(await query(`select first, second from '${path}'`), [
    ['a', 'c'],
    ['b', 'd'],
  ]);
});

test('what the format of products cannot hold is refused, not written as something else', async () => {
  const outer = outerOf([1n], ['a']);
  const x: Column = { type: 'f64', values: Float64Array.of(1, 0), nulls: Uint8Array.of(0, 1) };
  const path = freshPath();
  await assert.rejects(
    productOf(keys, outer, innerOf(2)).write(path, schema, tableFrom({ x })),
    /x of a product has nulls/,
  );
  const shares = outerOf([1n, 2n], ['a', 'b']);
  const withShare = { ...shares, columns: new Map([...shares.columns, ['share', f64([0, -0])]]) };
  const share = { name: 'share', type: 'f64', nullable: false } as const;
  const table = { ...schema, columns: [...keys, share] };
  await assert.rejects(
    productOf([...keys, share], withShare, innerOf(2)).write(path, table, { rows: 4, columns: new Map() }),
    /share of type f64 cannot be repeated/,
  );
  await assert.rejects(stat(path), { code: 'ENOENT' });
});
