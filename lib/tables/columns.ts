import { fail } from '../vocabulary/failure.ts';
import type { ColumnType } from './schema.ts';

/**
 * Columns as typed arrays, one element a row. `nulls[row] === 1` marks a null, whose element is 0 and
 * means nothing; without `nulls` there is none. A string is a position in a list of distinct values.
 */
type Nullable = { readonly nulls?: Uint8Array };
export type U64Column = Nullable & { readonly type: 'u64'; readonly values: BigUint64Array };
export type F64Column = Nullable & { readonly type: 'f64'; readonly values: Float64Array };
export type I32Column = Nullable & { readonly type: 'i32'; readonly values: Int32Array };
/** 0 or 1. */
export type BooleanColumn = Nullable & { readonly type: 'boolean'; readonly values: Uint8Array };
export type StringColumn = Nullable & {
  readonly type: 'string';
  readonly codes: Int32Array;
  readonly values: readonly string[];
};
export type Column = U64Column | F64Column | I32Column | BooleanColumn | StringColumn;

/** Columns by name; all of one table have the same number of rows. */
export type Columns = Readonly<Record<string, Column>>;

/** A table's columns together with how many rows they have. */
export type TableColumns = { readonly rows: number; readonly columns: Columns };

export function rowsOf(column: Column): number {
  return column.type === 'string' ? column.codes.length : column.values.length;
}

/** Dictionary-encodes text; values are listed in order of first appearance. */
export function stringColumn(texts: readonly (string | null)[]): StringColumn {
  const codes = new Int32Array(texts.length);
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
  const values = [...known.keys()];
  return nulls.includes(1)
    ? { type: 'string', codes, values, nulls }
    : { type: 'string', codes, values };
}

export function isNull(column: Column, row: number): boolean {
  return column.nulls?.[row] === 1;
}

/** Text of one row of a string column, `null` for a null. */
export function textAt(column: StringColumn, row: number): string | null {
  if (isNull(column, row)) return null;
  const text = column.values[column.codes[row] ?? -1];
  if (text === undefined) throw new Error(`row ${row} has a code without a value`);
  return text;
}

type ColumnOf<Type extends ColumnType> = Extract<Column, { readonly type: Type }>;

/** A column by name and type. Throws a plain `Error` when there is none: a programming mistake, for tables are checked when read. */
export function columnOf<Type extends ColumnType>(columns: Columns, name: string, type: Type): ColumnOf<Type> {
  const column = columns[name];
  if (!isOfType(column, type)) throw new Error(`there is no column ${name} of type ${type}`);
  return column;
}

function isOfType<Type extends ColumnType>(column: Column | undefined, type: Type): column is ColumnOf<Type> {
  return column?.type === type;
}

/** Number of rows, the same for every column. Throws `TABLE_COLUMNS_UNEVEN` (70) otherwise. */
export function commonRows(table: string, columns: Columns): number {
  let rows: number | undefined;
  for (const [name, column] of Object.entries(columns)) {
    const own = rowsOf(column);
    rows ??= own;
    if (own === rows && (column.nulls === undefined || column.nulls.length === rows)) continue;
    fail({
      exit: 'internal',
      code: 'TABLE_COLUMNS_UNEVEN',
      message: 'the columns of a table have different lengths',
      where: `${table}.${name}`,
      value: `${own}, expected ${rows}`,
      remedy: 'This is a defect of the code that made the columns; report it.',
    });
  }
  return rows ?? 0;
}
