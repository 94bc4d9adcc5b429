import type { Column, StringColumn, Table } from '../../tables/columns.ts';

/** A table from its columns, in the order given. Throws when they differ in length: a programming mistake. */
export function tableOf(rows: number, columns: Readonly<Record<string, Column>>): Table {
  for (const [name, column] of Object.entries(columns)) {
    const { length } = column.type === 'string' ? column.codes : column.values;
    if (length !== rows) throw new Error(`the column ${name} has ${length} rows, not ${rows}`);
  }
  return { rows, columns: new Map(Object.entries(columns)) };
}

export const u64Column = (values: BigUint64Array): Column => ({ type: 'u64', values });
export const f64Column = (values: Float64Array): Column => ({ type: 'f64', values });
export const i32Column = (values: Int32Array): Column => ({ type: 'i32', values });
export const booleanColumn = (values: Uint8Array): Column => ({ type: 'boolean', values });
export const stringColumn = (codes: Uint32Array, dictionary: readonly string[]): StringColumn => ({
  type: 'string',
  codes,
  dictionary,
});

/** Gives each distinct text a code, in order of first appearance. */
export type Dictionary = { readonly codeOf: (text: string) => number; readonly entries: readonly string[] };

export function newDictionary(): Dictionary {
  const codes = new Map<string, number>();
  const entries: string[] = [];
  return {
    entries,
    codeOf: (text) => {
      const known = codes.get(text);
      if (known !== undefined) return known;
      codes.set(text, entries.length);
      entries.push(text);
      return entries.length - 1;
    },
  };
}

/** Position of each dictionary entry in ascending order of the entries: codes compared as their texts are. */
export function ranksOf(dictionary: readonly string[]): Uint32Array {
  const order = Array.from(dictionary.keys()).sort((a, b) => {
    const [left = '', right = ''] = [dictionary[a], dictionary[b]];
    return left < right ? -1 : left > right ? 1 : 0;
  });
  const ranks = new Uint32Array(dictionary.length);
  for (const [rank, code] of order.entries()) ranks[code] = rank;
  return ranks;
}

/** The rows of a column in the order given; a row may be taken any number of times. */
export function takeRows(column: Column, rows: Uint32Array): Column {
  const nulls =
    column.nulls === undefined ? {} : { nulls: taken(column.nulls, new Uint8Array(rows.length), rows) };
  const { length } = rows;
  switch (column.type) {
    case 'u64': {
      const values = new BigUint64Array(length);
      for (const [index, row] of rows.entries()) values[index] = column.values[row] ?? 0n;
      return { type: 'u64', values, ...nulls };
    }
    case 'f64':
      return { type: 'f64', values: taken(column.values, new Float64Array(length), rows), ...nulls };
    case 'i32':
      return { type: 'i32', values: taken(column.values, new Int32Array(length), rows), ...nulls };
    case 'boolean':
      return { type: 'boolean', values: taken(column.values, new Uint8Array(length), rows), ...nulls };
    case 'string':
      return {
        type: 'string',
        codes: taken(column.codes, new Uint32Array(length), rows),
        dictionary: column.dictionary,
        ...nulls,
      };
  }
}

function taken<Values extends { [index: number]: number }>(
  from: Values,
  into: Values,
  rows: Uint32Array,
): Values {
  for (const [index, row] of rows.entries()) into[index] = from[row] ?? 0;
  return into;
}
