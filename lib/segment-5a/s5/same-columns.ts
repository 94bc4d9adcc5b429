import { type FileHandle, open } from 'node:fs/promises';
import type { DuckDBValue } from '@duckdb/node-api';
import { countIn, type Engine, sqlText } from './engine.ts';

/** Two files that should hold the same values in some columns. */
export type FilePair = { readonly one: string; readonly other: string };

/** A column by its name in the one file and in the other. */
export type ColumnPair = { readonly one: string; readonly other: string };

type Chunk = { readonly identity: string; readonly start: number; readonly bytes: number };

/**
 * Which columns have the same values, row for row, in every pair of files, told without decoding them:
 * a column chunk is decoded from its bytes, its physical and logical type, its repetition, its codec and
 * its number of values, and from nothing else (Parquet format, "Data Pages"), so chunks that agree in all
 * of these hold the same values for every reader. Columns that are not named may be the same as well,
 * written differently. Returns the names in the one file.
 *
 * Throws what the engine or the file system throws.
 */
export async function sameColumns(
  engine: Engine,
  files: readonly FilePair[],
  columns: readonly ColumnPair[],
): Promise<ReadonlySet<string>> {
  const [ones, others] = [
    await chunksOf(
      engine,
      files.map(({ one }) => one),
      columns.map(({ one }) => one),
    ),
    await chunksOf(
      engine,
      files.map(({ other }) => other),
      columns.map(({ other }) => other),
    ),
  ];
  const same = new Set(columns.map(({ one }) => one));
  for (const pair of files) {
    const [oneFile, otherFile] = await Promise.all([open(pair.one), open(pair.other)]);
    try {
      for (const column of columns) {
        if (!same.has(column.one)) continue;
        const alike = await chunksAreSame(
          { file: oneFile, chunks: ones.get(`${pair.one}\n${column.one}`) ?? [] },
          { file: otherFile, chunks: others.get(`${pair.other}\n${column.other}`) ?? [] },
        );
        if (!alike) same.delete(column.one);
      }
    } finally {
      await Promise.all([oneFile.close(), otherFile.close()]);
    }
  }
  return same;
}

type Column = { readonly file: FileHandle; readonly chunks: readonly Chunk[] };

async function chunksAreSame(one: Column, other: Column): Promise<boolean> {
  if (one.chunks.length === 0 || one.chunks.length !== other.chunks.length) return false;
  for (const [index, mine] of one.chunks.entries()) {
    const theirs = other.chunks[index];
    if (theirs === undefined || theirs.identity !== mine.identity || theirs.bytes !== mine.bytes)
      return false;
    const [left, right] = await Promise.all([bytesOf(one.file, mine), bytesOf(other.file, theirs)]);
    if (!left.equals(right)) return false;
  }
  return true;
}

async function bytesOf(file: FileHandle, { start, bytes }: Chunk): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, start);
  if (bytesRead !== bytes) throw new Error('a column chunk is cut off');
  return buffer;
}

/** Chunks of the named columns in the order of the row groups, by file and column. */
async function chunksOf(
  engine: Engine,
  paths: readonly string[],
  columns: readonly string[],
): Promise<ReadonlyMap<string, readonly Chunk[]>> {
  const [files, names] = [[...new Set(paths)], columns].map((texts) => texts.map(sqlText).join(', '));
  const rows = await engine.objects(`
    select m.file_name, m.path_in_schema as name, m.row_group_id,
      concat_ws('|', m.row_group_num_rows, m.num_values, m.compression, m.type, s.type, s.type_length,
        s.repetition_type, s.converted_type, s.logical_type, s.scale, s.precision) as identity,
      case when m.dictionary_page_offset > 0 then least(m.dictionary_page_offset, m.data_page_offset)
           else m.data_page_offset end as start,
      m.total_compressed_size as bytes
    from parquet_metadata([${files}]) m
    join parquet_schema([${files}]) s on s.file_name = m.file_name and s.name = m.path_in_schema
    where m.path_in_schema in (${names})
    order by m.file_name, m.path_in_schema, m.row_group_id`);
  const chunks = new Map<string, Chunk[]>();
  for (const row of rows) {
    const key = `${textIn(row, 'file_name')}\n${textIn(row, 'name')}`;
    const own = chunks.get(key) ?? [];
    chunks.set(key, own);
    own.push({
      identity: textIn(row, 'identity'),
      start: countIn(row, 'start'),
      bytes: countIn(row, 'bytes'),
    });
  }
  return chunks;
}

function textIn(row: Readonly<Record<string, DuckDBValue>>, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}
