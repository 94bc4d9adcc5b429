import { fail } from '../vocabulary/failure.ts';
import type { ColumnType } from './schema.ts';

/**
 * Columns as typed arrays, one element a row. `nulls[row] === 1` marks a null, whose element is 0 and
 * means nothing; without `nulls` there is none. A string is a position in a dictionary of distinct texts.
 */
type Nullable = { readonly nulls?: Uint8Array };
export type U64Column = Nullable & { readonly type: 'u64'; readonly values: BigUint64Array };
export type F64Column = Nullable & { readonly type: 'f64'; readonly values: Float64Array };
export type I32Column = Nullable & { readonly type: 'i32'; readonly values: Int32Array };
/** 0 or 1. */
export type BooleanColumn = Nullable & { readonly type: 'boolean'; readonly values: Uint8Array };
export type StringColumn = Nullable & {
  readonly type: 'string';
  readonly codes: Uint32Array;
  readonly dictionary: readonly string[];
};
export type Column = U64Column | F64Column | I32Column | BooleanColumn | StringColumn;

/** A table in memory: columns by name, each with one element a row. */
export type Table = { readonly rows: number; readonly columns: ReadonlyMap<string, Column> };

export function rowsOf(column: Column): number {
  return column.type === 'string' ? column.codes.length : column.values.length;
}

/** Dictionary-encodes text, in order of first appearance. */
export function encodeStrings(texts: readonly (string | null)[]): StringColumn {
  const codes = new Uint32Array(texts.length);
  const known = new Map<string, number>();
  const nulls = new Uint8Array(texts.length);
  for (const [row, text] of texts.entries()) {
    if (text === null) {
      nulls[row] = 1;
      continue;
    }
    let code = known.get(text);
    if (code === undefined) {
      code = known.size;
      known.set(text, code);
    }
    codes[row] = code;
  }
  const column: StringColumn = { type: 'string', codes, dictionary: [...known.keys()] };
  return nulls.includes(1) ? { ...column, nulls } : column;
}

export function isNull(column: Column, row: number): boolean {
  return column.nulls?.[row] === 1;
}

/** Text of one row of a string column, `null` for a null. */
export function textAt(column: StringColumn, row: number): string | null {
  if (isNull(column, row)) return null;
  const text = column.dictionary[column.codes[row] ?? -1];
  if (text === undefined) throw new Error(`row ${row} has a code without a value`);
  return text;
}

type ColumnOf<Type extends ColumnType> = Extract<Column, { readonly type: Type }>;

/** A column by name and type. Throws a plain `Error` when there is none: a programming mistake, for tables are checked when read. */
export function columnOf<Type extends ColumnType>(table: Table, name: string, type: Type): ColumnOf<Type> {
  const column = table.columns.get(name);
  if (!isOfType(column, type)) throw new Error(`there is no column ${name} of type ${type}`);
  return column;
}

function isOfType<Type extends ColumnType>(column: Column | undefined, type: Type): column is ColumnOf<Type> {
  return column?.type === type;
}

/** A table of the columns given. Throws `TABLE_COLUMNS_UNEVEN` (70) when one has another number of rows. */
export function tableFrom(columns: Readonly<Record<string, Column>>): Table {
  const [first] = Object.values(columns);
  const table = { rows: first === undefined ? 0 : rowsOf(first), columns: new Map(Object.entries(columns)) };
  requireEven('table', table);
  return table;
}

/** Throws `TABLE_COLUMNS_UNEVEN` (70) unless every column has an element, and a mark if any, for each row. */
export function requireEven(name: string, table: Table): void {
  for (const [columnName, column] of table.columns) {
    const rows = rowsOf(column);
    if (rows === table.rows && (column.nulls?.length ?? rows) === rows) continue;
    fail({
      exit: 'internal',
      code: 'TABLE_COLUMNS_UNEVEN',
      message: 'a column has not one element a row',
      where: `${name}.${columnName}`,
      value: `${rows}, expected ${table.rows}`,
      remedy: 'This is a defect of the code that made the columns; report it.',
    });
  }
}
