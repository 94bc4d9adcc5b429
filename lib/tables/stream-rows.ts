import { access } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';

/**
 * The rows of a Parquet file in their order, as objects of plain values, a chunk of a few thousand in
 * memory at a time. For files of others whose columns nobody vouches for; tables of ours are read by
 * column (see `readTable`). 64-bit integers come as decimal text, as they travel in JSON.
 */
export async function* streamParquetRows(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  await access(path);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  try {
    const connection = await instance.connect();
    const result = await connection.stream('select * from read_parquet($path)', { path });
    const names = result.columnNames();
    for (;;) {
      signal.throwIfAborted();
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      for (const row of chunk.getRows()) {
        yield Object.fromEntries(
          names.map((name, index) => {
            const value = row[index];
            return [name, typeof value === 'bigint' ? String(value) : value];
          }),
        );
      }
    }
  } finally {
    instance.closeSync();
  }
}
