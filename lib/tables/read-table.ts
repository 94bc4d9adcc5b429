import { access } from 'node:fs/promises';
import pl from 'nodejs-polars';
import { fail, messageOf } from '../vocabulary/failure.ts';
import type { Table } from './columns.ts';
import { eventLoopTurn, frameTypes, tableOfFrame } from './frames.ts';
import type { TableSchema } from './schema.ts';
import { validateColumnTypes, validateTable } from './validate-table.ts';

/**
 * Reads a Parquet file that must have exactly the schema's columns, of exactly its types, and holds
 * every row to the schema's rules, order and key (see `validateTable`). Text may be plain or
 * dictionary-encoded in the file. Keys keep all 64 bits. Of a `slice`, order and key are judged within it.
 *
 * Throws `TABLE_MISSING`, `TABLE_UNREADABLE` or what `validateTable` throws (65), with the schema's
 * name; the path stands in `where` of the first two.
 */
export async function readTable(path: string, schema: TableSchema, slice?: RowSlice): Promise<Table> {
  const table = await readTableUnchecked(path, schema, undefined, slice);
  validateTable(schema, table);
  return table;
}

/** Some rows of a file that follow one another; only the row groups that hold them are decoded. */
export type RowSlice = { readonly from: number; readonly rows: number };

/**
 * As `readTable`, but looks only at names and types, and takes only the columns named: for a reader
 * that proves the rows in its own way.
 */
export async function readTableUnchecked(
  path: string,
  schema: TableSchema,
  wanted: readonly string[] = schema.columns.map(({ name }) => name),
  slice?: RowSlice,
): Promise<Table> {
  validateColumnTypes(schema, await readColumnTypes(path, schema));
  const frame = polarsRead(path, schema, () =>
    slice === undefined
      ? pl.readParquet(path, { columns: [...wanted] })
      : pl
          .scanParquet(path)
          .slice(slice.from, slice.rows)
          .select(...wanted)
          .collectSync(),
  );
  const table = tableOfFrame(schema, frame, wanted);
  await eventLoopTurn();
  return table;
}

/** The columns of a Parquet file with their types, unread. Throws `TABLE_MISSING` or `TABLE_UNREADABLE` (65). */
export async function readColumnTypes(
  path: string,
  schema: TableSchema,
): Promise<ReadonlyMap<string, string>> {
  await requireFile(path, schema);
  return frameTypes(polarsRead(path, schema, () => pl.readParquet(path, { nRows: 0 })));
}

async function requireFile(path: string, schema: TableSchema): Promise<void> {
  try {
    await access(path);
  } catch (error) {
    fail(
      {
        exit: 'data',
        code: 'TABLE_MISSING',
        message: `there is no file of ${schema.name}: ${messageOf(error)}`,
        where: path,
        remedy: 'Make the table first, or name the folder that holds it.',
      },
      error,
    );
  }
}

function polarsRead<Result>(path: string, schema: TableSchema, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    return fail(
      {
        exit: 'data',
        code: 'TABLE_UNREADABLE',
        message: `${schema.name} is not a whole Parquet file: ${messageOf(error)}`,
        where: path,
        remedy: 'The file is empty, cut off or of another format; restore it from its source.',
      },
      error,
    );
  }
}
