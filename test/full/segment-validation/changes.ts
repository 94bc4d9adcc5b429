import assert from 'node:assert/strict';
import type { Column, StringColumn, Table } from '../../../lib/tables/columns.ts';

/** A table, and the row of it that is to be changed. */
export type Rows = { readonly table: Table; readonly row: number };

export const withColumn = (table: Table, name: string, column: Column): Table => ({
  ...table,
  columns: new Map(table.columns).set(name, column),
});

/** The column with each of its numbers changed; `undefined` where it has none. */
function withNumbers(
  column: Column | undefined,
  change: (value: number, row: number) => number,
): Column | undefined {
  switch (column?.type) {
    case 'f64':
      return { ...column, values: column.values.map(change) };
    case 'i32':
      return { ...column, values: column.values.map(change) };
    case 'boolean':
      return { ...column, values: column.values.map(change) };
    default:
      return undefined;
  }
}

/** Another value in the row; of a u64 the change of 0 is added, and a text is one that no schema knows. */
export function changedValue(name: string, change: (value: number) => number) {
  return ({ table, row }: Rows): Table => {
    const column = table.columns.get(name);
    const numbers = withNumbers(column, (value, at) => (at === row ? change(value) : value));
    if (numbers !== undefined) return withColumn(table, name, numbers);
    if (column?.type === 'u64')
      return withColumn(table, name, {
        ...column,
        values: column.values.with(row, (column.values[row] ?? 0n) + BigInt(change(0))),
      });
    if (column?.type !== 'string') throw new Error(`no column ${name}`);
    return withColumn(table, name, withText(column, row, 'XX'));
  };
}

function withText(column: StringColumn, row: number, text: string): StringColumn {
  const dictionary = [...column.dictionary, text];
  return { ...column, dictionary, codes: column.codes.with(row, dictionary.length - 1) };
}

/** The table with its rows picked anew. */
export function picked({ table }: Rows, order: readonly number[]): Table {
  const columns = Array.from(table.columns, ([name, column]): [string, Column] => {
    switch (column.type) {
      case 'string':
        return [name, { ...column, codes: Uint32Array.from(order, (row) => column.codes[row] ?? 0) }];
      case 'u64':
        return [name, { ...column, values: BigUint64Array.from(order, (row) => column.values[row] ?? 0n) }];
      case 'f64':
        return [name, { ...column, values: Float64Array.from(order, (row) => column.values[row] ?? 0) }];
      case 'i32':
        return [name, { ...column, values: Int32Array.from(order, (row) => column.values[row] ?? 0) }];
      default:
        return [name, { ...column, values: Uint8Array.from(order, (row) => column.values[row] ?? 0) }];
    }
  });
  return { rows: order.length, columns: new Map(columns) };
}
export const all = ({ table }: Rows) => Array.from({ length: table.rows }, (_, row) => row);
export const removed = (found: Rows) => picked(found, all(found).toSpliced(found.row, 1));
export const doubled = (found: Rows) => picked(found, all(found).toSpliced(found.row, 0, found.row));
export const swapped = (found: Rows) =>
  picked(
    found,
    all(found)
      .with(found.row, found.row + 1)
      .with(found.row + 1, found.row),
  );
/** The column with nothing in the row. */
export const without =
  (name: string) =>
  ({ table, row }: Rows): Table => {
    const column = table.columns.get(name);
    if (column === undefined) throw new Error(`no column ${name}`);
    const nulls = (column.nulls ?? new Uint8Array(table.rows)).with(row, 1);
    return withColumn(table, name, { ...column, nulls });
  };
/** Every value of a column, not of one row. */
export const throughout =
  (name: string, change: (value: number) => number) =>
  ({ table }: Rows): Table => {
    const numbers = withNumbers(table.columns.get(name), change);
    if (numbers === undefined) throw new Error(`${name} is no column of numbers`);
    return withColumn(table, name, numbers);
  };
/** Another text that the schema allows. */
export const named =
  (name: string, text: string) =>
  ({ table, row }: Rows): Table => {
    const column = table.columns.get(name);
    if (column?.type !== 'string') throw new Error(`${name} is no column of texts`);
    assert.notEqual(column.dictionary[column.codes[row] ?? 0], text);
    const { nulls } = column;
    return withColumn(table, name, {
      ...withText(column, row, text),
      ...(nulls === undefined ? {} : { nulls: nulls.with(row, 0) }),
    });
  };
export const flipped = (value: number) => 1 - value;
export const nextDouble = (value: number) => value * (1 + 2 ** -52);
