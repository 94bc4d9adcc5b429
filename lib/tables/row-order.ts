import type { Column, Table } from './columns.ts';
import type { TableSchema } from './schema.ts';

export type Unordered = { readonly kind: 'unsorted' | 'duplicate'; readonly row: number };

type Comparison = (left: number, right: number) => number;

/**
 * The first row that stands out of the order of `schema.sort`, or repeats the primary key of another
 * row, or `undefined`. Where the order contains the key, as it mostly does, neighbours prove that no
 * key stands twice; else the keys are compared as a whole.
 */
export function firstUnordered(schema: TableSchema, table: Table): Unordered | undefined {
  const { rows } = table;
  const bySort = schema.sort.map((name) => comparisonOf(table.columns.get(name)));
  const keyLength = schema.primaryKey.length;
  const sortHasKeyFirst =
    keyLength > 0 &&
    keyLength <= schema.sort.length &&
    schema.sort.slice(0, keyLength).every((name) => schema.primaryKey.includes(name));
  for (let row = 1; row < rows; row += 1) {
    let depth = 0;
    let order = 0;
    while (depth < bySort.length) {
      order = bySort[depth]?.(row - 1, row) ?? 0;
      if (order !== 0) break;
      depth += 1;
    }
    if (order > 0) return { kind: 'unsorted', row };
    if (sortHasKeyFirst && depth >= keyLength) return { kind: 'duplicate', row };
  }
  return keyLength === 0 || sortHasKeyFirst ? undefined : firstDuplicate(schema, table);
}

function firstDuplicate(schema: TableSchema, table: Table): Unordered | undefined {
  const { rows } = table;
  const byKey = schema.primaryKey.map((name) => comparisonOf(table.columns.get(name)));
  const compare: Comparison = (left, right) => {
    for (const by of byKey) {
      const order = by(left, right);
      if (order !== 0) return order;
    }
    return 0;
  };
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort(
    (left, right) => compare(left, right) || left - right,
  );
  let first: number | undefined;
  for (let place = 1; place < rows; place += 1) {
    const [left, right] = [order[place - 1] ?? 0, order[place] ?? 0];
    if (compare(left, right) === 0 && (first === undefined || right < first)) first = right;
  }
  return first === undefined ? undefined : { kind: 'duplicate', row: first };
}

/** Ascending; nulls first. Text is compared by UTF-16 code units, which for ASCII is the order of bytes. */
function comparisonOf(column: Column | undefined): Comparison {
  if (column === undefined) return () => 0;
  const { nulls } = column;
  const compare = comparisonOfValues(column);
  if (nulls === undefined) return compare;
  return (left, right) => {
    const leftNull = nulls[left] === 1;
    const rightNull = nulls[right] === 1;
    if (leftNull || rightNull) return Number(rightNull) - Number(leftNull);
    return compare(left, right);
  };
}

function comparisonOfValues(column: Column): Comparison {
  switch (column.type) {
    case 'string': {
      const { codes } = column;
      const ranks = ranksOf(column.dictionary);
      return (left, right) => (ranks[codes[left] ?? 0] ?? 0) - (ranks[codes[right] ?? 0] ?? 0);
    }
    case 'u64': {
      // By halves: reading a bigint of every row costs more than all the rest.
      const halves = new Uint32Array(
        column.values.buffer,
        column.values.byteOffset,
        column.values.length * 2,
      );
      return (left, right) =>
        (halves[left * 2 + 1] ?? 0) - (halves[right * 2 + 1] ?? 0) ||
        (halves[left * 2] ?? 0) - (halves[right * 2] ?? 0);
    }
    default: {
      const values: { readonly [row: number]: number } = column.values;
      return (left, right) => (values[left] ?? 0) - (values[right] ?? 0);
    }
  }
}

function ranksOf(dictionary: readonly string[]): Int32Array {
  const sorted = [...new Set(dictionary)].sort();
  const rankOf = new Map(sorted.map((text, rank) => [text, rank]));
  return Int32Array.from(dictionary, (text) => rankOf.get(text) ?? 0);
}
