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
