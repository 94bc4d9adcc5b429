import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Column, requireEven, type Table } from './columns.ts';
import {
  type ColumnChunk,
  type KeyColumn,
  type NumberColumn,
  plainChunk,
  repeatedChunk,
} from './parquet/column-pages.ts';
import { footer, magic, type PlacedChunk, type RowGroup } from './parquet/file-metadata.ts';
import type { ColumnSchema, TableSchema } from './schema.ts';
import { describeRule, validateColumnTypes, validateRules } from './validate-table.ts';
import { refuseWrite, rowGroupRows } from './write-table.ts';

/**
 * The keys of tables that hold every row of `outer` with every row of `inner`, outer rows slowest, so
 * that only few columns have a value of their own in each row. No key is ever laid out: a file says of
 * each how often it stands there, and what several tables share is encoded once.
 */
export type Product = {
  readonly rows: number;
  /**
   * Writes one table of this product, `cells` being its columns beside the keys. `renamed` gives a key
   * another name in this table. Cells are validated and keep their values while the product is in use;
   * that the outer rows are sorted and unique is the caller's to know. The bytes depend on the values alone.
   * After an error nothing is left at `path`. Throws `TABLE_WRITE_FAILED` (75).
   */
  readonly write: (
    path: string,
    schema: TableSchema,
    cells: Table,
    renamed?: Readonly<Record<string, string>>,
  ) => Promise<void>;
};

/** Outer rows of one row group: as many as keep it at its size, at least one. */
type Group = { readonly from: number; readonly to: number };

/** How a column of a table is encoded, group by group. */
type ChunkSource = (group: Group) => Promise<ColumnChunk>;

/**
 * `schema` describes the columns of both, in any order. No column has nulls; those of `outer` are ids,
 * integers or text, those of `inner` and the cells are numbers. Writing others throws a plain `Error`:
 * no table of ours is so, the code that made them is wrong.
 */
export function productOf(schema: readonly ColumnSchema[], outer: Table, inner: Table): Product {
  const rows = outer.rows * inner.rows;
  const perGroup = Math.max(1, Math.floor(rowGroupRows / Math.max(1, inner.rows)));
  const groups = Array.from(
    { length: rows === 0 ? 0 : Math.ceil(outer.rows / perGroup) },
    (_, index): Group => ({ from: index * perGroup, to: Math.min(outer.rows, (index + 1) * perGroup) }),
  );
  const chunks = new ChunkCache(inner.rows);
  const proven = new Map<ArrayLike<unknown>, Set<string>>();
  return {
    rows,
    write: async (path, table, cells, renamed = {}) => {
      const keyOf = new Map(schema.map(({ name }) => [renamed[name] ?? name, name]));
      const types = new Map<string, string>(schema.map(({ name, type }) => [renamed[name] ?? name, type]));
      for (const [name, { type }] of cells.columns) types.set(name, type);
      validateColumnTypes(table, types);
      requireEven(table.name, { rows, columns: cells.columns });
      const cellSchema = table.columns.filter(({ name }) => cells.columns.has(name));
      validateOnce(table, cellSchema, cells, proven);
      const sources = table.columns.map(({ name }): ChunkSource => {
        const cell = cells.columns.get(name);
        if (cell !== undefined) return chunks.cells(numberColumn(name, cell));
        const key = keyOf.get(name) ?? name;
        const slow = outer.columns.get(key);
        if (slow !== undefined) return chunks.outer(keyColumn(name, slow));
        const fast = inner.columns.get(key);
        if (fast !== undefined) return chunks.inner(numberColumn(name, fast));
        throw new Error(`there is no column ${name}`);
      });
      // What is there already is not ours, and stays.
      const file = await open(path, 'wx').catch((error: unknown) => refuseWrite(path, table, error));
      try {
        await writeFile(file, table.columns, groups, inner.rows, sources);
        await file.close();
      } catch (error) {
        await file.close().catch(() => undefined);
        await rm(path, { force: true });
        refuseWrite(path, table, error);
      }
    },
  };
}

async function writeFile(
  file: FileHandle,
  columns: readonly ColumnSchema[],
  groups: readonly Group[],
  innerRows: number,
  sources: readonly ChunkSource[],
): Promise<void> {
  let at = magic.length;
  await file.writeFile(magic);
  const written: RowGroup[] = [];
  // All at once: compression has threads of its own, and what comes out is small.
  const started = groups.map((group) => Promise.all(sources.map((source) => source(group))));
  // A rejection is met when its turn comes, and is not to be reported before.
  for (const chunks of started) chunks.catch(() => undefined);
  for (const [index, group] of groups.entries()) {
    const chunks = (await started[index]) ?? [];
    const placed: PlacedChunk[] = [];
    const pages: Uint8Array[] = [];
    for (const chunk of chunks) {
      placed.push({ chunk, offset: at });
      for (const page of chunk.pages) {
        pages.push(page);
        at += page.length;
      }
    }
    await file.writeFile(Buffer.concat(pages));
    written.push({ rows: (group.to - group.from) * innerRows, columns: placed });
  }
  await file.writeFile(footer(columns, written));
}

/** Chunks by what they are made of and by their place, so that tables of one product share them. */
class ChunkCache {
  readonly #innerRows: number;
  readonly #known = new Map<object, Map<number, Promise<ColumnChunk>>>();

  constructor(innerRows: number) {
    this.#innerRows = innerRows;
  }

  outer(column: KeyColumn): ChunkSource {
    const each = this.#innerRows;
    return ({ from, to }) => this.#once(column, from, () => repeatedChunk(column, from, to, each));
  }

  /** Every group but the last has the same. */
  inner(column: NumberColumn): ChunkSource {
    const rows = this.#innerRows;
    return ({ from, to }) => this.#once(column, to - from, () => plainChunk(column, 0, rows, to - from));
  }

  /** By the values, which tables share, not by the column around them. */
  cells(column: NumberColumn): ChunkSource {
    const each = this.#innerRows;
    return ({ from, to }) =>
      this.#once(column.values, from, () => plainChunk(column, from * each, to * each));
  }

  #once(owner: object, place: number, make: () => Promise<ColumnChunk>): Promise<ColumnChunk> {
    const own = this.#known.get(owner) ?? new Map<number, Promise<ColumnChunk>>();
    this.#known.set(owner, own);
    const made = own.get(place) ?? make();
    own.set(place, made);
    return made;
  }
}

function keyColumn(name: string, column: Column): KeyColumn {
  requireNoNulls(name, column);
  if (column.type === 'u64' || column.type === 'i32' || column.type === 'string') return column;
  throw new Error(`${name} of type ${column.type} cannot be repeated over the rows of a product`);
}

function numberColumn(name: string, column: Column): NumberColumn {
  requireNoNulls(name, column);
  if (column.type === 'u64' || column.type === 'i32' || column.type === 'f64') return column;
  throw new Error(`${name} of type ${column.type} cannot have a value in each row of a product`);
}

function requireNoNulls(name: string, column: Column): void {
  if (column.nulls?.includes(1) ?? false) throw new Error(`${name} of a product has nulls`);
}

/** Several tables of a product share columns: the same values need the same rule proven once. */
function validateOnce(
  table: TableSchema,
  schema: readonly ColumnSchema[],
  cells: Table,
  proven: Map<ArrayLike<unknown>, Set<string>>,
): void {
  for (const column of schema) {
    const own = cells.columns.get(column.name);
    if (own === undefined) continue;
    const values = own.type === 'string' ? own.codes : own.values;
    const rules = proven.get(values) ?? new Set<string>();
    proven.set(values, rules);
    const rule = `${column.nullable} ${describeRule(column)}`;
    // A mask of nulls is not part of the values.
    if (own.nulls === undefined && own.type !== 'string' && rules.has(rule)) continue;
    validateRules({ ...table, columns: [column] }, cells);
    rules.add(rule);
  }
}
