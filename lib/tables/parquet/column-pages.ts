import { constants, zstdCompress } from 'node:zlib';
import type { Column, StringColumn } from '../columns.ts';
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
  /** Smallest and largest value as their plain bytes, where they are kept. */
  readonly bounds: { readonly min: Uint8Array; readonly max: Uint8Array } | undefined;
};

/** A dictionary column: `codes` of outer rows, each of which stands `each` times. */
export async function repeatedChunk(
  column: Column,
  from: number,
  to: number,
  each: number,
): Promise<ColumnChunk> {
  const { values, codes } = distinctIn(column, from, to);
  const rows = (to - from) * each;
  const width = Math.max(1, Math.ceil(Math.log2(values.length)));
  const runs: number[] = [width];
  for (let at = 0; at < codes.length; ) {
    let end = at + 1;
    while (end < codes.length && codes[end] === codes[at]) end += 1;
    // A run of the hybrid encoding: its length shifted by one, then the code in as few bytes as hold `width` bits.
    writeVarint(runs, BigInt((end - at) * each) << 1n);
    for (let bits = 0; bits < width; bits += 8) runs.push(((codes[at] ?? 0) >>> bits) & 0xff);
    at = end;
  }
  const bytes = values.map(({ plain }) => plain);
  const dictionary = await page(Buffer.concat(bytes), (size, compressed) =>
    struct({
      1: i32(pageTypes.dictionary),
      2: i32(size),
      3: i32(compressed),
      7: struct({ 1: i32(values.length), 2: i32(encodings.plain) }),
    }),
  );
  const data = await dataPage(Uint8Array.from(runs), rows, encodings.rleDictionary);
  const [first] = values;
  const bounds =
    first === undefined
      ? undefined
      : values.reduce(
          ({ min, max }, value) => ({
            min: value.order < min.order ? value : min,
            max: value.order > max.order ? value : max,
          }),
          { min: first, max: first },
        );
  return {
    pages: [dictionary.bytes, data.bytes],
    hasDictionary: true,
    uncompressedSize: dictionary.uncompressedSize + data.uncompressedSize,
    bounds: bounds && { min: boundOf(column, bounds.min), max: boundOf(column, bounds.max) },
  };
}

/** A column of fixed width, plain: the rows [from, to) of it, `times` over. */
export async function plainChunk(column: Column, from: number, to: number, times = 1): Promise<ColumnChunk> {
  if (column.type === 'string' || column.type === 'boolean') {
    throw new Error(`a column of type ${column.type} cannot be written plain`);
  }
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
    bounds: column.type === 'i32' ? integerBounds(column.values.subarray(from, to)) : undefined,
  };
}

type DictionaryValue = { readonly plain: Uint8Array; readonly order: bigint | number | string };

/** The distinct values of some rows in order of appearance, and each row's place among them. */
function distinctIn(
  column: Column,
  from: number,
  to: number,
): { readonly values: readonly DictionaryValue[]; readonly codes: Uint32Array } {
  if (column.nulls?.includes(1) ?? false) throw new Error('a key of a product has no nulls');
  const places = new Map<bigint | number | string, number>();
  const values: DictionaryValue[] = [];
  const codes = Uint32Array.from({ length: to - from }, (_, index) => {
    const value = valueAt(column, from + index);
    const known = places.get(value);
    if (known !== undefined) return known;
    places.set(value, values.length);
    values.push({ plain: plainBytes(value, column.type), order: value });
    return values.length - 1;
  });
  return { values, codes };
}

function valueAt(column: Column, row: number): bigint | number | string {
  if (column.type === 'string') return textOf(column, row);
  return column.values[row] ?? 0;
}

function textOf({ codes, dictionary }: StringColumn, row: number): string {
  const text = dictionary[codes[row] ?? -1];
  if (text === undefined) throw new Error(`row ${row} has a code without a value`);
  return text;
}

function plainBytes(value: bigint | number | string, type: Column['type']): Uint8Array {
  const bytes = Buffer.alloc(8);
  switch (type) {
    case 'u64':
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes;
    case 'f64':
      bytes.writeDoubleLE(Number(value));
      return bytes;
    case 'i32':
      bytes.writeInt32LE(Number(value));
      return bytes.subarray(0, 4);
    case 'string': {
      const text = Buffer.from(String(value), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return Buffer.concat([length, text]);
    }
    case 'boolean':
      throw new Error('a boolean is no key of a product');
  }
}

/** A bound as statistics have it: as in the data, but a text without its length. */
function boundOf(column: Column, { plain }: DictionaryValue): Uint8Array {
  return column.type === 'string' ? plain.subarray(4) : plain;
}

function integerBounds(values: Int32Array): ColumnChunk['bounds'] {
  let [min, max] = [values[0], values[0]];
  if (min === undefined || max === undefined) return undefined;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min: plainBytes(min, 'i32'), max: plainBytes(max, 'i32') };
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

/** On a thread of its own: pages of several columns are compressed at the same time. */
function compress(content: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zstdCompress(content, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }, (error, compressed) => {
      if (error === null) resolve(compressed);
      else reject(error);
    });
  });
}
