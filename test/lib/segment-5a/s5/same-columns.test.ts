import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Engine, openEngine } from '../../../../lib/segment-5a/s5/engine.ts';
import { sameColumns } from '../../../../lib/segment-5a/s5/same-columns.ts';

let folder: string;
let engine: Engine;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'same-columns-'));
  engine = await openEngine(folder);
});
after(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
/** A file of a query's rows, in order; `options` as DuckDB's COPY takes them. */
async function fileOf(select: string, options = 'compression zstd'): Promise<string> {
  files += 1;
  const path = join(folder, `${files}.parquet`);
  await engine.run('set preserve_insertion_order = true');
  await engine.run(`copy (${select}) to '${path}' (format parquet, row_group_size 4096, ${options})`);
  return path;
}

const rows = 10_000;
const table = (id = 'i // 100', value = 'i % 7 * 0.5', kind = 'DOUBLE') =>
  `select (${id})::UBIGINT as id, (${value})::${kind} as value, i::INTEGER as place from range(${rows}) r(i)`;
const columns = ['id', 'value', 'place'].map((name) => ({ one: name, other: name }));

async function sameIn(one: string, other: string, named = columns): Promise<readonly string[]> {
  return [...(await sameColumns(engine, [{ one, other }], named))].sort();
}

test('the same rows by the same writer are the same, also under another name', async () => {
  const [one, other] = [await fileOf(table()), await fileOf(table())];
  assert.deepEqual(await sameIn(one, other), ['id', 'place', 'value']);
  const renamed = await fileOf(`select id, value, place as index from (${table()})`);
  assert.deepEqual(await sameIn(one, renamed, [{ one: 'place', other: 'index' }]), ['place']);
});

const different: readonly (readonly [what: string, select: string, same: readonly string[]])[] = [
  ['one value', table('i // 100', 'case when i = 9999 then 1 else i % 7 * 0.5 end'), ['id', 'place']],
  ['one key', table('case when i = 5000 then 7 else i // 100 end'), ['place', 'value']],
  ['a row more', `${table()} union all select 100, 0.5, ${rows}`, []],
  ['a row less', `${table()} where i < ${rows - 1}`, []],
  [
    'two rows swapped',
    table()
      .replace('from range', 'from (select case i when 3 then 4 when 4 then 3 else i end as i from range')
      .concat(')'),
    ['id'],
  ],
  ['another type of the same bytes', table('i // 100', 'i % 7 * 0.5', 'FLOAT'), ['id', 'place']],
  ['null for a value', table('i // 100', 'case when i = 1 then null else i % 7 * 0.5 end'), ['id', 'place']],
];
for (const [what, select, same] of different) {
  test(`not the same: ${what}`, async () => {
    assert.deepEqual(await sameIn(await fileOf(table()), await fileOf(select)), same);
  });
}

test('a signed and an unsigned column of the same bytes are not the same', async () => {
  const signed = await fileOf('select i::BIGINT as id from range(100) r(i)');
  const unsigned = await fileOf('select i::UBIGINT as id from range(100) r(i)');
  assert.deepEqual(await sameIn(signed, unsigned, [{ one: 'id', other: 'id' }]), []);
});

test('the same values under another compression are not told to be the same, nor a column that is not there', async () => {
  const one = await fileOf(table());
  assert.deepEqual(await sameIn(one, await fileOf(table(), 'compression snappy')), []);
  assert.deepEqual(await sameIn(one, one, [{ one: 'nobody', other: 'nobody' }]), []);
});

test('every pair of files must agree', async () => {
  const [one, same, other] = [await fileOf(table()), await fileOf(table()), await fileOf(table('i // 50'))];
  const found = await sameColumns(
    engine,
    [
      { one, other: same },
      { one, other },
    ],
    columns,
  );
  assert.deepEqual([...found].sort(), ['place', 'value']);
});

test('a file that is cut off or gone is an error, not a difference', async () => {
  const [one, torn] = [await fileOf(table()), await fileOf(table())];
  await truncate(torn, 1_000);
  await assert.rejects(sameIn(one, torn));
  await assert.rejects(sameIn(one, join(folder, 'nowhere.parquet')));
});
