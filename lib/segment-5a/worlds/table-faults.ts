import type { Column, Table } from '../../tables/columns.ts';
import { readColumnTypes, readTableUnchecked } from '../../tables/read-table.ts';
import type { ColumnSchema, TableSchema } from '../../tables/schema.ts';
import {
  validateColumnTypes,
  validateTable,
  violationFailure,
  violationOf,
} from '../../tables/validate-table.ts';
import { type Failure, failureOf, isPlatformError } from '../../vocabulary/failure.ts';

/** A table that was read, or everything that is wrong with its file. */
export type TableReading =
  | { readonly kind: 'good'; readonly table: Table }
  | { readonly kind: 'faulty'; readonly faults: readonly Failure[] };

/** Of one column, this many bad rows are told; what is wrong with more is wrong with all. */
const toldRows = 20;

/**
 * Reads a table as `readTable` does, but finds every fault and not the first alone: every column that is
 * missing, unknown or of another type; else of every column the first 20 bad rows; else the first row out
 * of order or with another's key. Each names the file. Throws only what is no fault of the data.
 */
export async function readTableFaults(path: string, schema: TableSchema): Promise<TableReading> {
  try {
    const types = await readColumnTypes(path, schema);
    const shape = columnFaults(schema, types);
    if (shape.length > 0) return faulty(path, shape);
    const table = await readTableUnchecked(path, schema);
    const rows = schema.columns.flatMap((column) => rowFaults(schema, column, table));
    if (rows.length > 0) return faulty(path, rows);
    validateTable(schema, table);
    return { kind: 'good', table };
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return faulty(path, [failureOf(error)]);
  }
}

/** The fault with the file in front of the place that it names. */
export function inFile(path: string, fault: Failure): Failure {
  const where = fault.where ?? '';
  return where.includes(path) ? fault : { ...fault, where: where === '' ? path : `${path}: ${where}` };
}

function faulty(path: string, faults: readonly Failure[]): TableReading {
  return { kind: 'faulty', faults: faults.map((fault) => inFile(path, fault)) };
}

function columnFaults(schema: TableSchema, found: ReadonlyMap<string, string>): readonly Failure[] {
  const names = new Set([...schema.columns.map(({ name }) => name), ...found.keys()]);
  return [...names].flatMap((name) => {
    const columns = schema.columns.filter((column) => column.name === name);
    const type = found.get(name);
    try {
      validateColumnTypes({ ...schema, columns }, new Map(type === undefined ? [] : [[name, type]]));
      return [];
    } catch (error) {
      return [failureOf(error)];
    }
  });
}

function rowFaults(schema: TableSchema, rule: ColumnSchema, table: Table): readonly Failure[] {
  const column = table.columns.get(rule.name);
  const faults: Failure[] = [];
  for (let from = 0; column !== undefined && faults.length < toldRows; ) {
    const violation = violationOf(rule, rowsFrom(column, from));
    if (violation === undefined) break;
    const row = from + violation.row;
    faults.push(violationFailure(schema.name, { ...violation, row }));
    from = row + 1;
  }
  return faults;
}

/** A view on the rows of a column from one on. */
function rowsFrom(column: Column, from: number): Column {
  const nulls = column.nulls === undefined ? {} : { nulls: column.nulls.subarray(from) };
  switch (column.type) {
    case 'u64':
      return { ...column, ...nulls, values: column.values.subarray(from) };
    case 'f64':
      return { ...column, ...nulls, values: column.values.subarray(from) };
    case 'i32':
      return { ...column, ...nulls, values: column.values.subarray(from) };
    case 'boolean':
      return { ...column, ...nulls, values: column.values.subarray(from) };
    case 'string':
      return { ...column, ...nulls, codes: column.codes.subarray(from) };
  }
}
