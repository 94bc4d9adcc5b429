import { constants, zstdCompress } from 'node:zlib';
import { type F64Column, type I32Column, type StringColumn, textAt, type U64Column } from '../columns.ts';
import { encodeStruct, i32, struct, writeVarint } from './compact-protocol.ts';

/** Numbers of the Parquet format. */
export const encodings = { plain: 0, rle: 3, rleDictionary: 8 } as const;
const pageTypes = { data: 0, dictionary: 2 } as const;

/** One column of one row group, as it stands in the file. */
export type ColumnChunk = {
  /** The dictionary page, if any, and the data page after it. */
  readonly pages: readonly Uint8Array[];
  readonly hasDictionary: boolean;
  readonly uncompressedSize: number;
  /** Smallest and largest value, plain; a text without its length. */
  readonly bounds: Bounds;
};

type Bounds = { readonly min: Uint8Array; readonly max: Uint8Array };

/** What can be repeated: a dictionary of floats would take -0 for 0. */
export type KeyColumn = U64Column | I32Column | StringColumn;
export type NumberColumn = U64Column | I32Column | F64Column;

/** A dictionary column: rows [from, to), at least one and none of them null, each of which stands `each` times. */
export async function repeatedChunk(
  column: KeyColumn,
  from: number,
  to: number,
  each: number,
): Promise<ColumnChunk> {
  const { values, codes } = distinctIn(column, from, to);
  const rows = (to - from) * each;
  const width = Math.max(1, 32 - Math.clz32(values.length - 1));
  const runs: number[] = [width];
  for (let at = 0; at < codes.length; ) {
    let end = at + 1;
    while (end < codes.length && codes[end] === codes[at]) end += 1;
    // A run of the hybrid encoding: its length shifted by one, then the code in as few bytes as hold `width` bits.
    writeVarint(runs, BigInt((end - at) * each) << 1n);
    for (let bits = 0; bits < width; bits += 8) runs.push(((codes[at] ?? 0) >>> bits) & 0xff);
    at = end;
  }
  const bytes = column.type === 'string' ? values.flatMap(withLength) : values;
  const dictionary = await page(Buffer.concat(bytes), (size, compressed) =>
    struct({
      1: i32(pageTypes.dictionary),
      2: i32(size),
      3: i32(compressed),
      7: struct({ 1: i32(values.length), 2: i32(encodings.plain) }),
    }),
  );
  const data = await dataPage(Uint8Array.from(runs), rows, encodings.rleDictionary);
  return {
    pages: [dictionary.bytes, data.bytes],
    hasDictionary: true,
    uncompressedSize: dictionary.uncompressedSize + data.uncompressedSize,
    bounds: keyBounds(values, column.type),
  };
}

/** A column of numbers, plain: rows [from, to), at least one and none of them null, all of them `times` over. */
export async function plainChunk(
  column: NumberColumn,
  from: number,
  to: number,
  times = 1,
): Promise<ColumnChunk> {
  const { values } = column;
  const one = Buffer.from(
    values.buffer,
    values.byteOffset + from * values.BYTES_PER_ELEMENT,
    (to - from) * values.BYTES_PER_ELEMENT,
  );
  const content = times === 1 ? one : Buffer.alloc(one.length * times, one);
  const data = await dataPage(content, (to - from) * times, encodings.plain);
  return {
    pages: [data.bytes],
    hasDictionary: false,
    uncompressedSize: data.uncompressedSize,
    bounds: numberBounds(column, from, to),
  };
}

/** The distinct values of some rows, plain, in order of appearance, and each row's place among them. */
function distinctIn(
  column: KeyColumn,
  from: number,
  to: number,
): { readonly values: readonly Buffer[]; readonly codes: Uint32Array } {
  const places = new Map<bigint | number | string, number>();
  const values: Buffer[] = [];
  const codes = Uint32Array.from({ length: to - from }, (_, index) => {
    const row = from + index;
    const value = column.type === 'string' ? (textAt(column, row) ?? '') : (column.values[row] ?? 0);
    const known = places.get(value);
    if (known !== undefined) return known;
    places.set(value, values.length);
    values.push(plainBytes(value, column.type));
    return values.length - 1;
  });
  return { values, codes };
}

function plainBytes(value: bigint | number | string, type: (KeyColumn | NumberColumn)['type']): Buffer {
  if (type === 'string') return Buffer.from(String(value), 'utf8');
  const bytes = Buffer.alloc(type === 'i32' ? 4 : 8);
  if (type === 'u64') bytes.writeBigUInt64LE(BigInt(value));
  else if (type === 'i32') bytes.writeInt32LE(Number(value));
  else bytes.writeDoubleLE(Number(value));
  return bytes;
}

function withLength(text: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return [length, text];
}

/** Text is in the order of its bytes, which is not the one that JavaScript compares by. */
function keyBounds(values: readonly Buffer[], type: KeyColumn['type']): Bounds {
  const isBelow = (one: Buffer, other: Buffer) => {
    if (type === 'string') return Buffer.compare(one, other) < 0;
    if (type === 'i32') return one.readInt32LE() < other.readInt32LE();
    return one.readBigUInt64LE() < other.readBigUInt64LE();
  };
  const [first = Buffer.alloc(0)] = values;
  let [min, max] = [first, first];
  for (const value of values) {
    if (isBelow(value, min)) min = value;
    if (isBelow(max, value)) max = value;
  }
  return { min, max };
}

function numberBounds(column: NumberColumn, from: number, to: number): Bounds {
  const { type } = column;
  const [min, max] =
    type === 'f64'
      ? doubleBounds(column.values.subarray(from, to))
      : type === 'i32'
        ? outermost(column.values.subarray(from, to), 0)
        : outermost(column.values.subarray(from, to), 0n);
  return { min: plainBytes(min, type), max: plainBytes(max, type) };
}

function outermost<Value extends number | bigint>(
  rows: Iterable<Value>,
  empty: Value,
): readonly [Value, Value] {
  let [min, max]: [Value | undefined, Value | undefined] = [undefined, undefined];
  for (const value of rows) {
    if (min === undefined || value < min) min = value;
    if (max === undefined || value > max) max = value;
  }
  return [min ?? empty, max ?? empty];
}

/** Of finite numbers. Zeros are equal whatever their sign; the format wants -0 as a lower bound and 0 as an upper one. */
function doubleBounds(rows: Float64Array): readonly [number, number] {
  let [min, max] = [rows[0] ?? 0, rows[0] ?? 0];
  for (let row = 0; row < rows.length; row += 1) {
    const value = rows[row] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min === 0 ? -0 : min, max === 0 ? 0 : max];
}

type Page = { readonly bytes: Uint8Array; readonly uncompressedSize: number };

function dataPage(content: Uint8Array, rows: number, encoding: number): Promise<Page> {
  return page(content, (size, compressed) =>
    struct({
      1: i32(pageTypes.data),
      2: i32(size),
      3: i32(compressed),
      5: struct({ 1: i32(rows), 2: i32(encoding), 3: i32(encodings.rle), 4: i32(encodings.rle) }),
    }),
  );
}

async function page(
  content: Uint8Array,
  header: (size: number, compressed: number) => ReturnType<typeof struct>,
): Promise<Page> {
  const compressed = await compress(content);
  const head = encodeStruct(header(content.length, compressed.length));
  return { bytes: Buffer.concat([head, compressed]), uncompressedSize: head.length + content.length };
}

/** Output that is taken at a time; the bytes do not depend on it. Small pieces cost a change of threads each. */
const outputBytes = 262_144;

/** On a thread of its own: pages of several columns are compressed at the same time. */
function compress(content: Uint8Array): Promise<Buffer> {
  const options = {
    chunkSize: outputBytes,
    pledgedSrcSize: content.length,
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  };
  return new Promise((resolve, reject) => {
    zstdCompress(content, options, (error, compressed) => {
      if (error === null) resolve(compressed);
      else reject(error);
    });
  });
}
