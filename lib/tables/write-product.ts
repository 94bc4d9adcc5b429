import { requireEven, type Table } from './columns.ts';
import { frameOf, productFrame } from './frames.ts';
import type { ColumnSchema, TableSchema } from './schema.ts';
import { describeRule, validateColumnTypes, validateRules } from './validate-table.ts';
import { sinkFrame } from './write-table.ts';

/**
 * The keys of tables that hold every row of `outer` with every row of `inner`, outer rows slowest, so
 * that only few columns have a value of their own in each row. Built once, natively, for several tables.
 */
export type Product = {
  readonly rows: number;
  /**
   * Writes one table of this product as `writeTable` does, `cells` being its columns beside the keys.
   * `renamed` gives a key another name in this table. Cells are validated; that the outer rows are
   * sorted and unique is the caller's to know.
   */
  readonly write: (
    path: string,
    schema: TableSchema,
    cells: Table,
    renamed?: Readonly<Record<string, string>>,
  ) => Promise<void>;
};

/** `schema` describes the columns of both, in any order. */
export function productOf(schema: readonly ColumnSchema[], outer: Table, inner: Table): Product {
  const frameOfPart = (part: Table) =>
    frameOf(
      schema.filter(({ name }) => part.columns.has(name)),
      part,
    );
  const keys = productFrame(frameOfPart(outer), frameOfPart(inner));
  const rows = outer.rows * inner.rows;
  const proven = new Map<ArrayLike<unknown>, Set<string>>();
  const keyTypes = schema.map(({ name, type }) => [name, type] as const);
  return {
    rows,
    write: async (path, table, cells, renamed = {}) => {
      const types = new Map<string, string>(keyTypes.map(([name, type]) => [renamed[name] ?? name, type]));
      for (const [name, { type }] of cells.columns) types.set(name, type);
      validateColumnTypes(table, types);
      requireEven(table.name, { rows, columns: cells.columns });
      const cellSchema = table.columns.filter(({ name }) => cells.columns.has(name));
      validateOnce(table, cellSchema, cells, proven);
      const named = Object.keys(renamed).length === 0 ? keys : keys.rename({ ...renamed });
      const frame = named.withColumns(...frameOf(cellSchema, cells).getColumns());
      await sinkFrame(path, table, frame.select(...table.columns.map(({ name }) => name)));
    },
  };
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
