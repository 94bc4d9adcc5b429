import { createHash, type Hash } from 'node:crypto';
import { type Sha256, sha256Schema } from '../vocabulary/identifiers.ts';
import type { Column, Table } from './columns.ts';
import type { TableSchema } from './schema.ts';

/**
 * Digest of what a table says, row for row, whatever program wrote the file and however: SHA-256 over
 * every column of the schema in order. Each is digested in runs, so that a column of few changes costs
 * little: (value, length) for equal neighbours, bit by bit; for i32 (start, step, length) for
 * neighbours at equal distance, longest run first. Text counts as text, not as dictionary codes.
 */
export function contentDigest(schema: TableSchema, table: Table): Sha256 {
  const digests = new Map(Array.from(table.columns, ([name, column]) => [name, columnDigest(column)]));
  return contentDigestOf(schema, table.rows, digests);
}

/** `contentDigest` from the digests of the columns, for tables that share some. */
export function contentDigestOf(
  schema: TableSchema,
  rows: number,
  digests: ReadonlyMap<string, Sha256>,
): Sha256 {
  const lines = schema.columns.map(({ name, type }) => {
    const digest = digests.get(name);
    if (digest === undefined) throw new Error(`${schema.name}: there is no column ${name}`);
    return `${name} ${type} ${digest}\n`;
  });
  const content = `fraud-platform/table-content/v1\n${rows}\n${lines.join('')}`;
  return sha256Schema.parse(createHash('sha256').update(content).digest('hex'));
}

/** Digest of one column's values in order. */
export function columnDigest(column: Column): Sha256 {
  const digest = createHash('sha256');
  const sink = new RunSink(digest);
  updateColumn(sink, column);
  sink.end();
  return sha256Schema.parse(digest.digest('hex'));
}

/**
 * `columnDigest` of a key column of a product (see `productOf`) without laying it out: of an outer
 * column every value `each` times in a row, of an inner one the whole column `tiles` times.
 */
export function repeatedColumnDigest(
  column: Column,
  repeat: { readonly each: number; readonly tiles: number },
): Sha256 {
  const { each, tiles } = repeat;
  if (column.nulls !== undefined) throw new Error('a key column has no nulls');
  const digest = createHash('sha256');
  const sink = new RunSink(digest);
  sink.push(0, 0, 0);
  if (tiles === 1 && column.type === 'u64') pushWordRuns(sink, column.values, undefined, each);
  else if (tiles === 1 && column.type === 'string') {
    pushTexts(sink, column.codes, column.dictionary, undefined, each);
  } else if (each === 1 && column.type === 'i32') {
    const { values } = column;
    // An even climb falls back at each tile, so that every tile is one run of its own.
    const climbs = values.length > 1 && values.every((value, row) => value === (values[0] ?? 0) + row);
    if (!climbs) throw new Error('a tiled column counts upwards in ones');
    for (let tile = 0; tile < tiles; tile += 1) sink.push(values[0] ?? 0, 1, values.length);
  } else throw new Error(`a ${column.type} column is not repeated in this way`);
  sink.end();
  return sha256Schema.parse(digest.digest('hex'));
}

/** Digest of tables that follow one another, such as the parts of a bucket, from their own digests in order. */
export function combinedDigest(digests: readonly Sha256[]): Sha256 {
  const digest = createHash('sha256');
  digest.update(`fraud-platform/table-contents/v1\n${digests.join('\n')}\n`);
  return sha256Schema.parse(digest.digest('hex'));
}

/** Gathers runs of a few 32-bit words each, little-endian, and closes a column with their number. */
class RunSink {
  readonly #digest: Hash;
  readonly #words = new Uint32Array(32_768);
  #used = 0;
  #runs = 0;

  constructor(digest: Hash) {
    this.#digest = digest;
  }

  push(low: number, high: number, length: number): void {
    if (this.#used + 3 > this.#words.length) this.#flush();
    this.#words[this.#used] = low;
    this.#words[this.#used + 1] = high;
    this.#words[this.#used + 2] = length;
    this.#used += 3;
    this.#runs += 1;
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.#flush();
    this.#digest.update(Uint32Array.of(bytes.length)).update(bytes);
  }

  end(): void {
    this.#flush();
    this.#digest.update(Uint32Array.of(this.#runs));
  }

  #flush(): void {
    this.#digest.update(this.#words.subarray(0, this.#used));
    this.#used = 0;
  }
}

function updateColumn(sink: RunSink, column: Column): void {
  const { nulls } = column;
  if (nulls?.includes(1) ?? false) pushRuns(sink, nulls ?? new Uint8Array(0));
  else sink.push(0, 0, 0);
  if (column.type === 'string') pushTexts(sink, column.codes, column.dictionary, nulls);
  else if (column.type === 'i32') pushSteps(sink, withoutNulls(column.values, nulls));
  else if (column.type === 'boolean') pushRuns(sink, withoutNulls(column.values, nulls));
  else if (column.type === 'f64' && nulls === undefined) pushDoubleRuns(sink, column.values);
  else pushWordRuns(sink, column.values, nulls);
}

type Numbers = Uint8Array | Uint32Array | Int32Array;

/** What stands under a null means nothing and must not be told apart. */
function withoutNulls<Values extends Numbers>(values: Values, nulls: Uint8Array | undefined): Values {
  if (nulls === undefined) return values;
  const copy = values.slice();
  for (let row = 0; row < nulls.length; row += 1) if (nulls[row] === 1) copy[row] = 0;
  // `slice` of a typed array is of the same class.
  return copy as Values;
}

function pushRuns(sink: RunSink, values: Numbers, each = 1): void {
  let start = 0;
  for (let row = 1; row <= values.length; row += 1) {
    if (row < values.length && values[row] === values[start]) continue;
    sink.push(values[start] ?? 0, 0, (row - start) * each);
    start = row;
  }
}

/** Equal doubles have equal bits, zeros and NaNs aside, and doubles are the fastest to compare. */
function pushDoubleRuns(sink: RunSink, values: Float64Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const { length } = values;
  let start = 0;
  while (start < length) {
    const value = values[start];
    const low = words[start * 2] ?? 0;
    const high = words[start * 2 + 1] ?? 0;
    let end = start + 1;
    if (value === 0) while (end < length && values[end] === 0 && words[end * 2 + 1] === high) end += 1;
    else if (!Number.isNaN(value)) while (end < length && values[end] === value) end += 1;
    else while (end < length && words[end * 2] === low && words[end * 2 + 1] === high) end += 1;
    sink.push(low, high, end - start);
    start = end;
  }
}

/** By bits: -0 is not 0 and a NaN is itself. What stands under a null counts as 0. */
function pushWordRuns(
  sink: RunSink,
  values: BigUint64Array | Float64Array,
  nulls: Uint8Array | undefined,
  each = 1,
): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  let [low, high, length] = [0, 0, 0];
  for (let row = 0; row < values.length; row += 1) {
    const isNull = nulls?.[row] === 1;
    const ownLow = isNull ? 0 : (words[row * 2] ?? 0);
    const ownHigh = isNull ? 0 : (words[row * 2 + 1] ?? 0);
    if (length > 0 && ownLow === low && ownHigh === high) {
      length += 1;
      continue;
    }
    if (length > 0) sink.push(low, high, length * each);
    [low, high, length] = [ownLow, ownHigh, 1];
  }
  if (length > 0) sink.push(low, high, length * each);
}

function pushSteps(sink: RunSink, values: Int32Array): void {
  let start = 0;
  while (start < values.length) {
    const step = (values[start + 1] ?? 0) - (values[start] ?? 0);
    let end = start + 1;
    while (end < values.length && (values[end] ?? 0) - (values[end - 1] ?? 0) === step) end += 1;
    sink.push(values[start] ?? 0, end === start + 1 ? 0 : step, end - start);
    start = end;
  }
}

function pushTexts(
  sink: RunSink,
  codes: Uint32Array,
  dictionary: readonly string[],
  nulls: Uint8Array | undefined,
  each = 1,
): void {
  // Codes by first appearance, for the dictionary's own order is the writer's affair.
  const canonical = new Map<string, number>();
  const translated = Array.from(dictionary, () => -1);
  const own = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row += 1) {
    if (nulls?.[row] === 1) continue;
    const code = codes[row] ?? 0;
    let place = translated[code] ?? -1;
    if (place === -1) {
      const text = dictionary[code] ?? '';
      place = canonical.get(text) ?? canonical.size;
      canonical.set(text, place);
      translated[code] = place;
    }
    own[row] = place;
  }
  pushRuns(sink, own, each);
  for (const text of canonical.keys()) sink.text(text);
}
