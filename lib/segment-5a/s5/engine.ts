import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { fail } from '../../vocabulary/failure.ts';

/**
 * DuckDB, the engine that S5 judges with: it shares no code with what it judges. Everything it is told
 * is SQL text made of numbers, policy words and file paths; text goes through `sqlText`.
 */
export type Engine = {
  readonly run: (sql: string) => Promise<void>;
  readonly rows: (sql: string) => Promise<readonly (readonly DuckDBValue[])[]>;
  /** The only row of a query, its values by column name. */
  readonly one: (sql: string) => Promise<Readonly<Record<string, DuckDBValue>>>;
  readonly objects: (sql: string) => Promise<readonly Readonly<Record<string, DuckDBValue>>[]>;
  readonly close: () => void;
};

/** Memory that the engine may take before it spills to the scratch folder. */
const memoryLimit = '500MB';

export async function openEngine(scratch: string): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(Math.min(availableParallelism(), 4)),
    memory_limit: memoryLimit,
    temp_directory: scratch,
    preserve_insertion_order: 'false',
  });
  const connection: DuckDBConnection = await instance.connect();
  const objects: Engine['objects'] = async (sql) => (await connection.runAndReadAll(sql)).getRowObjects();
  return {
    run: async (sql) => {
      await connection.run(sql);
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRows(),
    objects,
    one: async (sql) => {
      const [row, ...more] = await objects(sql);
      if (row !== undefined && more.length === 0) return row;
      return fail({
        exit: 'internal',
        code: 'S5_INTERNAL_INVARIANT_VIOLATION',
        message: 'a query that gives one row gave another number',
        remedy: 'This is a defect of S5; report it.',
      });
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A number as a literal of type DOUBLE that keeps every bit. */
export function sqlDouble(value: number): string {
  return `${sqlText(String(value))}::DOUBLE`;
}

/** `read_parquet` of one or more files; each row has `file_row_number`. */
export function parquetFiles(paths: readonly string[]): string {
  return `read_parquet([${paths.map(sqlText).join(', ')}], file_row_number = true)`;
}

/** A count, or another whole number that fits a double, out of a row. */
export function countIn(row: Readonly<Record<string, DuckDBValue>>, name: string): number {
  const value = row[name];
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  if (value === null) return 0;
  return fail({
    exit: 'internal',
    code: 'S5_INTERNAL_INVARIANT_VIOLATION',
    message: `a query gave no number under ${name}`,
    remedy: 'This is a defect of S5; report it.',
  });
}
