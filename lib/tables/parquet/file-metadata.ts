import type { ColumnSchema } from '../schema.ts';
import { type ColumnChunk, encodings } from './column-pages.ts';
import {
  binary,
  boolean,
  encodeStruct,
  i8,
  i32,
  i64,
  list,
  struct,
  type ThriftValue,
} from './compact-protocol.ts';

export const magic = new TextEncoder().encode('PAR1');

const physicalTypes = { boolean: 0, i32: 1, u64: 2, f64: 5, string: 6 } as const;
const codecZstd = 6;
const required = 0;

/** A chunk that was written, and where its first page begins in the file. */
export type PlacedChunk = { readonly chunk: ColumnChunk; readonly offset: number };
export type RowGroup = { readonly rows: number; readonly columns: readonly PlacedChunk[] };

/** Everything after the last page: metadata, its length, and the magic number. Pure. */
export function footer(columns: readonly ColumnSchema[], groups: readonly RowGroup[]): Uint8Array {
  const metadata = encodeStruct(
    struct({
      1: i32(2),
      2: list('struct', [
        struct({ 4: binary('schema'), 5: i32(columns.length) }),
        ...columns.map(schemaElement),
      ]),
      3: i64(groups.reduce((sum, { rows }) => sum + rows, 0)),
      4: list(
        'struct',
        groups.map((group) => rowGroup(columns, group)),
      ),
      6: binary('fraud-platform'),
      // Bounds are in the order of their type; without this, readers do not use them.
      7: list(
        'struct',
        columns.map(() => struct({ 1: struct({}) })),
      ),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([metadata, length, magic]);
}

function schemaElement({ name, type }: ColumnSchema): ThriftValue {
  const annotations: Partial<Record<ColumnSchema['type'], Record<number, ThriftValue>>> = {
    string: { 6: i32(0), 10: struct({ 1: struct({}) }) },
    u64: { 6: i32(14), 10: struct({ 10: struct({ 1: i8(64), 2: boolean(false) }) }) },
  };
  return struct({
    1: i32(physicalTypes[type]),
    3: i32(required),
    4: binary(name),
    ...annotations[type],
  });
}

function rowGroup(columns: readonly ColumnSchema[], group: RowGroup): ThriftValue {
  const size = (pick: (chunk: ColumnChunk) => number) =>
    group.columns.reduce((sum, { chunk }) => sum + pick(chunk), 0);
  return struct({
    1: list(
      'struct',
      columns.map((column, index) => columnChunk(column, group.columns[index], group.rows)),
    ),
    2: i64(size(({ uncompressedSize }) => uncompressedSize)),
    3: i64(group.rows),
    5: i64(group.columns[0]?.offset ?? 0),
    6: i64(size(compressedSize)),
  });
}

const compressedSize = ({ pages }: ColumnChunk) => pages.reduce((sum, { length }) => sum + length, 0);

function columnChunk(
  { name, type }: ColumnSchema,
  placed: PlacedChunk | undefined,
  rows: number,
): ThriftValue {
  if (placed === undefined) throw new Error(`there is no chunk of ${name}`);
  const { chunk, offset } = placed;
  const [first] = chunk.pages;
  const dictionary = chunk.hasDictionary ? (first?.length ?? 0) : 0;
  return struct({
    2: i64(0),
    3: struct({
      1: i32(physicalTypes[type]),
      2: list('i32', [
        ...(chunk.hasDictionary ? [i32(encodings.rleDictionary)] : []),
        i32(encodings.plain),
        i32(encodings.rle),
      ]),
      3: list('binary', [binary(name)]),
      4: i32(codecZstd),
      5: i64(rows),
      6: i64(chunk.uncompressedSize),
      7: i64(compressedSize(chunk)),
      9: i64(offset + dictionary),
      11: chunk.hasDictionary ? i64(offset) : undefined,
      12: struct({
        3: i64(0),
        5: binary(chunk.bounds.max),
        6: binary(chunk.bounds.min),
      }),
    }),
  });
}
