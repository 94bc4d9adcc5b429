import { createHash, type Hash } from 'node:crypto';
import { type Sha256, sha256Schema } from '../vocabulary/identifiers.ts';
import { type Column, rowsOf, type StringColumn, type Table } from './columns.ts';
import type { ColumnSchema } from './schema.ts';

/**
 * SHA-256 of what a table says, whatever wrote it: names and types of the columns in the schema's
 * order, the number of rows, and each column's values in row order (little-endian; text as positions in
 * the sorted list of the texts that occur; nulls by their mask). Another release of the Parquet writer
 * changes the bytes of a file and not this.
 */
export function logicalDigest(schema: readonly ColumnSchema[], table: Table): Sha256 {
  const digest = createHash('sha256');
  updateWithTable(digest, schema, table);
  return sha256Schema.parse(digest.digest('hex'));
}

/**
 * The same for a table that holds every row of `outer` with every row of `inner` and one row of `cells`
 * for each: the three parts are digested, not their product. A table is always digested by one of the
 * two laws; their digests never meet.
 */
export function logicalDigestOfProduct(
  schema: readonly ColumnSchema[],
  outer: Table,
  inner: Table,
  cells: Table,
): Sha256 {
  const digest = createHash('sha256').update('product\n');
  for (const part of [outer, inner, cells]) {
    updateWithTable(
      digest,
      schema.filter(({ name }) => part.columns.has(name)),
      part,
    );
  }
  return sha256Schema.parse(digest.digest('hex'));
}

function updateWithTable(digest: Hash, schema: readonly ColumnSchema[], table: Table): void {
  digest.update(`${schema.map(({ name, type }) => `${name}:${type}`).join(',')}\n${table.rows}\n`);
  for (const { name } of schema) {
    const column = table.columns.get(name);
    if (column === undefined) throw new Error(`there is no column ${name}`);
    updateWithColumn(digest, column);
  }
}

function updateWithColumn(digest: Hash, column: Column): void {
  const nulls = column.nulls?.includes(1) === true ? column.nulls : undefined;
  digest.update(nulls === undefined ? 'full\n' : 'nulls\n');
  if (nulls !== undefined) digest.update(nulls);
  if (column.type === 'string') {
    const { codes, texts } = sortedCodes(column);
    digest.update(`${JSON.stringify(texts)}\n`);
    digest.update(bytesOf(codes));
    return;
  }
  digest.update(bytesOf(nulls === undefined ? column.values : zeroedUnder(column.values.slice(), nulls)));
}

/** What stands under a null means nothing and must not count. */
function zeroedUnder<Values extends Exclude<Column, StringColumn>['values']>(
  values: Values,
  nulls: Uint8Array,
): Values {
  const width = values.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (const [row, isNull] of nulls.entries())
    if (isNull === 1) bytes.fill(0, row * width, (row + 1) * width);
  return values;
}

function sortedCodes(column: StringColumn): {
  readonly codes: Uint32Array;
  readonly texts: readonly string[];
} {
  const used = new Uint8Array(column.dictionary.length);
  const rows = rowsOf(column);
  for (let row = 0; row < rows; row += 1) if (column.nulls?.[row] !== 1) used[column.codes[row] ?? 0] = 1;
  const texts = column.dictionary.filter((_, code) => used[code] === 1).sort();
  const rankOf = new Map(texts.map((text, rank) => [text, rank]));
  const ranks = Uint32Array.from(column.dictionary, (text) => rankOf.get(text) ?? 0);
  const codes = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1)
    if (column.nulls?.[row] !== 1) codes[row] = ranks[column.codes[row] ?? 0] ?? 0;
  return { codes, texts };
}

/** All platforms that Node.js runs this product on are little-endian. */
function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
