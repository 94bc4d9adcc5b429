import { columnOf, type StringColumn, type Table } from '../../tables/columns.ts';

/** The values of a column of a table that was read against its schema. A missing or mistyped one is a programming mistake. */

export const u64Values = (table: Table, name: string): BigUint64Array => columnOf(table, name, 'u64').values;

export const f64Values = (table: Table, name: string): Float64Array => columnOf(table, name, 'f64').values;

export const i32Values = (table: Table, name: string): Int32Array => columnOf(table, name, 'i32').values;

export const strings = (table: Table, name: string): StringColumn => columnOf(table, name, 'string');

/** The text of a row of a column that has no nulls. */
export function textOf(column: StringColumn, row: number): string {
  return column.dictionary[column.codes[row] ?? 0] ?? '';
}
