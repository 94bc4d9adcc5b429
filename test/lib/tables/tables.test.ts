import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import pl from 'nodejs-polars';
import { type Column, encodeStrings, type Table, tableFrom } from '../../../lib/tables/columns.ts';
import { contentDigest } from '../../../lib/tables/content-digest.ts';
import { inspectParquet } from '../../../lib/tables/inspect-parquet.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import type { TableSchema } from '../../../lib/tables/schema.ts';
import { productOf } from '../../../lib/tables/write-product.ts';
import { rowGroupRows, writeTable } from '../../../lib/tables/write-table.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';

const folder = await mkdtemp(join(tmpdir(), 'tables-'));
after(() => rm(folder, { recursive: true, force: true }));
let files = 0;
const freshPath = () => {
  files += 1;
  return join(folder, `${files}.parquet`);
};

const schema: TableSchema = {
  name: 'sample',
  columns: [
    {
      name: 'id',
      type: 'u64',
      nullable: false,
      rule: { kind: 'u64-range', minimum: 1n, maximum: 2n ** 64n - 1n },
    },
    { name: 'zone', type: 'string', nullable: false, rule: { kind: 'pattern', pattern: '^[A-Za-z/]+$' } },
    { name: 'word', type: 'string', nullable: true, rule: { kind: 'one-of', values: ['one', 'two'] } },
    { name: 'amount', type: 'f64', nullable: false },
    { name: 'share', type: 'f64', nullable: true, rule: { kind: 'range', minimum: 0, maximum: 1 } },
    { name: 'count', type: 'i32', nullable: true },
    { name: 'flag', type: 'boolean', nullable: true },
    { name: 'other', type: 'u64', nullable: true },
  ],
  primaryKey: ['id'],
  sort: ['id'],
};

const huge = [
  1n,
  4_294_967_295n,
  9_007_199_254_740_993n,
  9_223_372_036_854_775_809n,
  18_446_744_073_709_551_615n,
];

function sample(change: Readonly<Record<string, Column>> = {}): Table {
  return tableFrom({
    id: { type: 'u64', values: BigUint64Array.from(huge) },
    zone: encodeStrings(['Europe/Berlin', 'Asia/Kolkata', 'Europe/Berlin', 'UTC', 'UTC']),
    word: encodeStrings(['one', null, 'two', 'one', null]),
    amount: { type: 'f64', values: Float64Array.of(-0, 0.1 + 0.2, 5e-324, Number.MAX_VALUE, -1e300) },
    share: { type: 'f64', values: Float64Array.of(0, 1, 0, 0.5, 0), nulls: Uint8Array.of(0, 0, 1, 0, 1) },
    count: {
      type: 'i32',
      values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, -5, 3),
      nulls: Uint8Array.of(0, 0, 1, 0, 0),
    },
    flag: { type: 'boolean', values: Uint8Array.of(1, 0, 0, 1, 1), nulls: Uint8Array.of(0, 0, 1, 0, 0) },
    other: { type: 'u64', values: BigUint64Array.from(huge).reverse(), nulls: Uint8Array.of(0, 1, 0, 0, 0) },
    ...change,
  });
}

async function refusal(
  work: () => Promise<unknown>,
): Promise<{ code: string; message: string; where: string | undefined }> {
  try {
    await work();
  } catch (error) {
    assert.ok(isPlatformError(error), String(error));
    return { code: error.failure.code, message: error.failure.message, where: error.failure.where };
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

test('every column comes back bit for bit: ids above 2^53 and 2^63, -0, denormals, negative numbers, nulls', async () => {
  const path = freshPath();
  await writeTable(path, schema, sample());
  const back = await readTable(path, schema);
  assert.equal(back.rows, 5);
  assert.equal(contentDigest(schema, back), contentDigest(schema, sample()));
  const ids = back.columns.get('id');
  assert.ok(ids?.type === 'u64');
  assert.deepEqual([...ids.values], huge);
  const counts = back.columns.get('count');
  assert.ok(counts?.type === 'i32');
  assert.deepEqual([counts.values[3], counts.nulls?.[2]], [-5, 1]);
});

test('an empty table keeps its columns and types', async () => {
  const path = freshPath();
  const empty = tableFrom({
    id: { type: 'u64', values: new BigUint64Array(0) },
    zone: encodeStrings([]),
    word: encodeStrings([]),
    amount: { type: 'f64', values: new Float64Array(0) },
    share: { type: 'f64', values: new Float64Array(0) },
    count: { type: 'i32', values: new Int32Array(0) },
    flag: { type: 'boolean', values: new Uint8Array(0) },
    other: { type: 'u64', values: new BigUint64Array(0) },
  });
  await writeTable(path, schema, empty);
  assert.equal((await readTable(path, schema)).rows, 0);
});

test('a column entirely null, and of more than a batch of text, comes back', async () => {
  const path = freshPath();
  const rows = 10_000;
  const texts = Array.from({ length: rows }, (_, row) => `Zone/${String.fromCharCode(65 + (row % 26))}`);
  const table = tableFrom({
    id: { type: 'u64', values: BigUint64Array.from(texts, (_, row) => BigInt(row + 1)) },
    zone: encodeStrings(texts),
    word: encodeStrings(texts.map(() => null)),
    amount: { type: 'f64', values: new Float64Array(rows) },
    share: { type: 'f64', values: new Float64Array(rows), nulls: new Uint8Array(rows).fill(1) },
    count: { type: 'i32', values: new Int32Array(rows), nulls: new Uint8Array(rows).fill(1) },
    flag: { type: 'boolean', values: new Uint8Array(rows), nulls: new Uint8Array(rows).fill(1) },
    other: { type: 'u64', values: new BigUint64Array(rows), nulls: new Uint8Array(rows).fill(1) },
  });
  await writeTable(path, schema, table);
  assert.equal(contentDigest(schema, await readTable(path, schema)), contentDigest(schema, table));
});

const small: TableSchema = {
  name: 'small',
  columns: [
    { name: 'id', type: 'u64', nullable: false },
    { name: 'zone', type: 'string', nullable: false },
    { name: 'h', type: 'i32', nullable: false },
    { name: 'x', type: 'f64', nullable: false, rule: { kind: 'range', minimum: 0 } },
  ],
  primaryKey: ['id', 'zone', 'h'],
  sort: ['id', 'zone', 'h'],
};

function crossed(pairs: number, hours: number) {
  const outer = tableFrom({
    id: {
      type: 'u64',
      values: BigUint64Array.from({ length: pairs }, (_, row) => 2n ** 63n + BigInt(row >> 1)),
    },
    zone: encodeStrings(Array.from({ length: pairs }, (_, row) => (row % 2 === 0 ? 'A/A' : 'B/B'))),
  });
  const inner = tableFrom({ h: { type: 'i32', values: Int32Array.from({ length: hours }, (_, h) => h) } });
  const x = Float64Array.from({ length: pairs * hours }, (_, row) => row);
  return { outer, inner, cells: tableFrom({ x: { type: 'f64', values: x } }) };
}

test('a product keeps every value beside its key, at a size where an unordered join would not', async () => {
  const [pairs, hours] = [1_024, 2_160];
  const { outer, inner, cells } = crossed(pairs, hours);
  const path = freshPath();
  await productOf(small.columns.slice(0, 3), outer, inner).write(path, small, cells);
  const back = await readTable(path, small);
  const [ids, h, x] = [back.columns.get('id'), back.columns.get('h'), back.columns.get('x')];
  assert.ok(ids?.type === 'u64' && h?.type === 'i32' && x?.type === 'f64');
  for (let row = 0; row < back.rows; row += 997) {
    const pair = Math.floor(row / hours);
    assert.deepEqual(
      [ids.values[row], h.values[row], x.values[row]],
      [2n ** 63n + BigInt(pair >> 1), row % hours, row],
    );
  }
  const shape = await inspectParquet(path);
  assert.equal(shape.rows, pairs * hours);
  // Whole outer rows: as many as fit into a row group.
  const whole = Math.floor(rowGroupRows / hours) * hours;
  assert.ok(shape.rowGroups.slice(0, -1).every((rows) => rows === whole));
  assert.deepEqual(
    shape.columns.map(({ name, physicalType, compression }) => [name, physicalType, compression]),
    [
      ['id', 'INT64', 'ZSTD'],
      ['zone', 'BYTE_ARRAY', 'ZSTD'],
      ['h', 'INT32', 'ZSTD'],
      ['x', 'DOUBLE', 'ZSTD'],
    ],
  );
});

test('bytes do not depend on the number of threads, nor on what the process wrote before', async () => {
  const program = `
    import { encodeStrings, tableFrom } from '${new URL('../../../lib/tables/columns.ts', import.meta.url)}';
    import { writeTable } from '${new URL('../../../lib/tables/write-table.ts', import.meta.url)}';
    const [path, before] = process.argv.slice(1);
    const schema = ${JSON.stringify(small)};
    const table = (rows, prefix) => tableFrom({
      id: { type: 'u64', values: BigUint64Array.from({ length: rows }, (_, row) => BigInt(row)) },
      zone: encodeStrings(Array.from({ length: rows }, (_, row) => prefix + (row % 300))),
      h: { type: 'i32', values: new Int32Array(rows) },
      x: { type: 'f64', values: Float64Array.from({ length: rows }, (_, row) => Math.sqrt(row)) },
    });
    if (before !== '') await writeTable(before, schema, table(5000, 'other'));
    await writeTable(path, schema, table(600000, 'zone'));
  `;
  const bytes = [];
  for (const [threads, before] of [
    ['1', ''],
    ['2', freshPath()],
    ['4', ''],
  ] as const) {
    const path = freshPath();
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program, path, before], {
      env: { ...process.env, POLARS_MAX_THREADS: threads },
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    bytes.push(await readFile(path));
  }
  const [one, two, four] = bytes;
  assert.ok(one !== undefined && two !== undefined && four !== undefined);
  assert.ok(one.equals(two));
  assert.ok(one.equals(four));
});

test('writing many chunks leaves no native memory behind', async () => {
  const { outer, inner, cells } = crossed(512, 2_160);
  const resident = [];
  for (let round = 0; round < 12; round += 1) {
    await productOf(small.columns.slice(0, 3), outer, inner).write(freshPath(), small, cells);
    resident.push(process.memoryUsage().rss);
  }
  const [early = 0, late = 0] = [Math.max(...resident.slice(0, 4)), resident.at(-1)];
  // Without a turn of the event loop a chunk of some 40 MiB would stay each round.
  assert.ok(late - early < 160 * 2 ** 20, `${early} grew to ${late}`);
});

const broken: readonly {
  what: string;
  change: Readonly<Record<string, Column>>;
  code: string;
  says: RegExp;
}[] = [
  {
    what: 'NaN',
    change: { amount: { type: 'f64', values: Float64Array.of(0, Number.NaN, 0, 0, 0) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 1: amount NaN .*finite/,
  },
  {
    what: '+infinity',
    change: { amount: { type: 'f64', values: Float64Array.of(0, 0, 0, 0, Infinity) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 4: amount Infinity/,
  },
  {
    what: '-infinity',
    change: { amount: { type: 'f64', values: Float64Array.of(0, 0, 0, 0, -Infinity) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 4: amount -Infinity/,
  },
  {
    what: 'a negative share',
    change: { share: { type: 'f64', values: Float64Array.of(0, 0, -1e-9, 0, 0) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 2: share -1e-9 .*\[0, 1\]/,
  },
  {
    what: 'NaN under a range',
    change: { share: { type: 'f64', values: Float64Array.of(0, 0, Number.NaN, 0, 0) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 2: share NaN/,
  },
  {
    what: 'id 0',
    change: { id: { type: 'u64', values: BigUint64Array.of(0n, 1n, 2n, 3n, 4n) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 0: id 0/,
  },
  {
    what: 'a null where none may be',
    change: { amount: { type: 'f64', values: new Float64Array(5), nulls: Uint8Array.of(0, 0, 0, 1, 0) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 3: amount null .*not null/,
  },
  {
    what: 'a word of no list',
    change: { word: encodeStrings(['one', 'two', 'three', null, null]) },
    code: 'TABLE_ROW_INVALID',
    says: /row 2: word three .*one of one, two/,
  },
  {
    what: 'text off its pattern',
    change: { zone: encodeStrings(['UTC', 'UTC', 'UTC', 'a b', 'UTC']) },
    code: 'TABLE_ROW_INVALID',
    says: /row 3: zone a b .*matches/,
  },
  {
    what: 'a boolean of 2',
    change: { flag: { type: 'boolean', values: Uint8Array.of(0, 1, 2, 0, 0) } },
    code: 'TABLE_ROW_INVALID',
    says: /row 2: flag 2/,
  },
  {
    what: 'a key twice',
    change: { id: { type: 'u64', values: BigUint64Array.of(1n, 2n, 2n, 3n, 4n) } },
    code: 'TABLE_KEY_DUPLICATE',
    says: /row 2 has the primary key/,
  },
  {
    what: 'two rows swapped',
    change: {
      id: { type: 'u64', values: BigUint64Array.of(1n, 2n, 2n ** 63n + 1n, 2n ** 63n, 2n ** 64n - 1n) },
    },
    code: 'TABLE_NOT_SORTED',
    says: /row 3 stands before/,
  },
  {
    what: 'another type',
    change: { amount: { type: 'i32', values: new Int32Array(5) } },
    code: 'TABLE_COLUMN_TYPE',
    says: /is i32, not f64/,
  },
  {
    what: 'a column too many',
    change: { more: { type: 'i32', values: new Int32Array(5) } },
    code: 'TABLE_COLUMN_UNKNOWN',
    says: /no such column/,
  },
];

for (const { what, change, code, says } of broken) {
  test(`writing refuses ${what}, and leaves no file`, async () => {
    const path = freshPath();
    const refused = await refusal(() => writeTable(path, schema, sample(change)));
    assert.equal(refused.code, code);
    assert.match(refused.message, says);
    await assert.rejects(readFile(path), { code: 'ENOENT' });
  });
}

const keyed: TableSchema = { ...small, columns: small.columns.slice(0, 2), primaryKey: ['id'], sort: ['id'] };
const foreign: readonly { what: string; frame: () => pl.DataFrame; code: string; where: string }[] = [
  {
    what: 'a missing column',
    frame: () => pl.DataFrame({ id: pl.Series('id', [1n], pl.UInt64) }),
    code: 'TABLE_COLUMN_MISSING',
    where: 'small.zone',
  },
  {
    what: 'an extra column',
    frame: () =>
      pl.DataFrame({
        id: pl.Series('id', [1n], pl.UInt64),
        zone: pl.Series('zone', ['UTC']),
        more: pl.Series('more', [1]),
      }),
    code: 'TABLE_COLUMN_UNKNOWN',
    where: 'small.more',
  },
  {
    what: 'ids as floats',
    frame: () => pl.DataFrame({ id: [1.5], zone: pl.Series('zone', ['UTC']) }),
    code: 'TABLE_COLUMN_TYPE',
    where: 'small.id',
  },
  {
    what: 'ids as signed integers',
    frame: () => pl.DataFrame({ id: pl.Series('id', [-1], pl.Int64), zone: pl.Series('zone', ['UTC']) }),
    code: 'TABLE_COLUMN_TYPE',
    where: 'small.id',
  },
  {
    what: 'ids as text',
    frame: () => pl.DataFrame({ id: ['1'], zone: pl.Series('zone', ['UTC']) }),
    code: 'TABLE_COLUMN_TYPE',
    where: 'small.id',
  },
  {
    what: 'a null id',
    frame: () =>
      pl.DataFrame({ id: pl.Series('id', [1n, null], pl.UInt64), zone: pl.Series('zone', ['UTC', 'UTC']) }),
    code: 'TABLE_ROW_INVALID',
    where: 'small.id[1]',
  },
];

for (const { what, frame, code, where } of foreign) {
  test(`reading refuses ${what}`, async () => {
    const path = freshPath();
    frame().writeParquet(path);
    const refused = await refusal(() => readTable(path, keyed));
    assert.deepEqual([refused.code, refused.where], [code, where]);
  });
}

test('plain text columns of another writer are read like dictionaries', async () => {
  const path = freshPath();
  pl.DataFrame({
    id: pl.Series('id', [1n, 2n], pl.UInt64),
    zone: pl.Series('zone', ['UTC', 'Asia/Kolkata']),
  }).writeParquet(path);
  const zone = (await readTable(path, keyed)).columns.get('zone');
  assert.ok(zone?.type === 'string');
  assert.deepEqual(
    Array.from(zone.codes, (code) => zone.dictionary[code]),
    ['UTC', 'Asia/Kolkata'],
  );
});

test('a file that is missing, empty, cut off or no Parquet at all is refused', async () => {
  const path = freshPath();
  assert.equal((await refusal(() => readTable(path, schema))).code, 'TABLE_MISSING');
  await writeFile(path, '');
  assert.equal((await refusal(() => readTable(path, schema))).code, 'TABLE_UNREADABLE');
  await writeFile(path, 'id,zone\n1,UTC\n');
  assert.equal((await refusal(() => readTable(path, schema))).code, 'TABLE_UNREADABLE');
  const whole = freshPath();
  await writeTable(whole, schema, sample());
  await truncate(whole, 700);
  assert.equal((await refusal(() => readTable(whole, schema))).code, 'TABLE_UNREADABLE');
});

test('a folder that is not there is a refusal to write, and says what to do', async () => {
  const refused = await refusal(() => writeTable(join(folder, 'none', 'x.parquet'), schema, sample()));
  assert.equal(refused.code, 'TABLE_WRITE_FAILED');
});

test('law: the content digest knows values and order, not dictionaries', () => {
  const words = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: null }), { maxLength: 40 });
  const oneColumn: TableSchema = {
    name: 't',
    columns: [{ name: 'w', type: 'string', nullable: true }],
    primaryKey: [],
    sort: [],
  };
  const digest = (column: Column) => contentDigest(oneColumn, tableFrom({ w: column }));
  fc.assert(
    fc.property(words, words, (left, right) => {
      const one = encodeStrings(left);
      assert.ok(one.type === 'string');
      const turned: Column = {
        ...one,
        codes: one.codes.map((code, row) => (one.nulls?.[row] === 1 ? 0 : one.dictionary.length - 1 - code)),
        dictionary: one.dictionary.toReversed(),
      };
      assert.equal(digest(turned), digest(one));
      const same = JSON.stringify(left) === JSON.stringify(right);
      assert.equal(digest(encodeStrings(right)) === digest(one), same);
    }),
  );
});

test('law: the content digest of numbers tells any two columns apart', () => {
  const numbers = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 12 });
  const oneColumn = (type: 'i32' | 'f64'): TableSchema => ({
    name: 't',
    columns: [{ name: 'n', type, nullable: false }],
    primaryKey: [],
    sort: [],
  });
  fc.assert(
    fc.property(numbers, numbers, (left, right) => {
      const same = left.length === right.length && left.every((value, row) => Object.is(value, right[row]));
      const integers = [left, right].map((values) =>
        contentDigest(oneColumn('i32'), tableFrom({ n: { type: 'i32', values: Int32Array.from(values) } })),
      );
      assert.equal(integers[0] === integers[1], left.join() === right.join());
      const floats = [left, right].map((values) =>
        contentDigest(oneColumn('f64'), tableFrom({ n: { type: 'f64', values: Float64Array.from(values) } })),
      );
      assert.equal(floats[0] === floats[1], same);
    }),
    { numRuns: 500 },
  );
});
