import { rm } from 'node:fs/promises';
import type pl from 'nodejs-polars';
import { errorCodeOf, fail, messageOf } from '../vocabulary/failure.ts';
import type { Table } from './columns.ts';
import { eventLoopTurn, frameOf } from './frames.ts';
import type { TableSchema } from './schema.ts';
import { validateTable } from './validate-table.ts';

/**
 * Rows of a row group. Given explicitly, always: without it the bytes depend on the number of threads.
 * A quarter of a million rows keep several threads busy and let a reader skip what it does not need.
 */
export const rowGroupRows = 262_144;

/**
 * Writes a table as one Parquet file: zstd level 1, fixed row groups, the columns in the schema's
 * order. The bytes depend on the columns alone, not on threads or on what was written before.
 * Validates first, every row (see `validateTable`). The caller gives a path that is not there yet;
 * after an error nothing is left at it. Throws `TABLE_WRITE_FAILED` (75).
 */
export async function writeTable(path: string, schema: TableSchema, table: Table): Promise<void> {
  validateTable(schema, table);
  await sinkFrame(path, schema, frameOf(schema.columns, table));
}

/** Writes a frame that has the schema's columns in the schema's order. */
export async function sinkFrame(path: string, schema: TableSchema, frame: pl.DataFrame): Promise<void> {
  try {
    // Lazy until collected; a sink that nobody collects writes nothing and says nothing.
    await frame
      .lazy()
      .sinkParquet(path, {
        compression: 'zstd',
        compressionLevel: 1,
        rowGroupSize: rowGroupRows,
        statistics: true,
        maintainOrder: true,
      })
      .collect();
    await eventLoopTurn();
  } catch (error) {
    await rm(path, { force: true });
    refuseWrite(path, schema, error);
  }
}

/** `TABLE_WRITE_FAILED` (75): the file system's word, and what can be done. */
export function refuseWrite(path: string, schema: TableSchema, error: unknown): never {
  const code = errorCodeOf(error);
  return fail(
    {
      exit: 'transient',
      code: 'TABLE_WRITE_FAILED',
      message: `${schema.name} could not be written: ${messageOf(error)}`,
      where: path,
      ...(code === undefined ? {} : { value: code }),
      remedy: 'See that the folder exists, is writable and has space left, and run again.',
    },
    error,
  );
}
