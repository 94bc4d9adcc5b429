import { DuckDBInstance } from '@duckdb/node-api';

export type ParquetColumn = {
  readonly name: string;
  /** Physical type of the file: `INT64`, `DOUBLE`, `BYTE_ARRAY`. */
  readonly physicalType: string;
  readonly compression: string;
};

export type ParquetShape = {
  readonly rows: number;
  readonly rowGroups: readonly number[];
  readonly columns: readonly ParquetColumn[];
};

/** What the footer of a Parquet file says, read by an engine that did not write it. For people and tests. */
export async function inspectParquet(path: string): Promise<ParquetShape> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `select row_group_id, row_group_num_rows, path_in_schema, type, compression
       from parquet_metadata($path) order by row_group_id, column_id`,
      { path },
    );
    const groups = new Map<number, number>();
    const columns = new Map<string, ParquetColumn>();
    for (const [group, rows, name, physicalType, compression] of reader.getRows()) {
      groups.set(Number(group), Number(rows));
      const column = {
        name: String(name),
        physicalType: String(physicalType),
        compression: String(compression),
      };
      columns.set(column.name, column);
    }
    const rowGroups = [...groups.values()];
    return {
      rows: rowGroups.reduce((sum, rows) => sum + rows, 0),
      rowGroups,
      columns: [...columns.values()],
    };
  } finally {
    instance.closeSync();
  }
}
