import type { Column, StringColumn, Table } from '../../tables/columns.ts';

/** The columns of a table that was read against its schema. A missing or mistyped one is a programming mistake. */

function columnOf(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column === undefined) throw new Error(`the table has no column ${name}`);
  return column;
}

function mistyped(name: string, type: string): never {
  throw new Error(`the column ${name} is not of type ${type}`);
}

export function u64Values(table: Table, name: string): BigUint64Array {
  const column = columnOf(table, name);
  return column.type === 'u64' ? column.values : mistyped(name, 'u64');
}

export function f64Values(table: Table, name: string): Float64Array {
  const column = columnOf(table, name);
  return column.type === 'f64' ? column.values : mistyped(name, 'f64');
}

export function i32Values(table: Table, name: string): Int32Array {
  const column = columnOf(table, name);
  return column.type === 'i32' ? column.values : mistyped(name, 'i32');
}

export function booleanValues(table: Table, name: string): Uint8Array {
  const column = columnOf(table, name);
  return column.type === 'boolean' ? column.values : mistyped(name, 'boolean');
}

export function strings(table: Table, name: string): StringColumn {
  const column = columnOf(table, name);
  return column.type === 'string' ? column : mistyped(name, 'string');
}

/** The text of a row; empty under a null. */
export function textAt(column: StringColumn, row: number): string {
  return column.dictionary[column.codes[row] ?? 0] ?? '';
}
