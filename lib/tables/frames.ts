import pl from 'nodejs-polars';
import { type Column, isNull, rowsOf, type StringColumn, type Table } from './columns.ts';
import type { ColumnSchema, TableSchema } from './schema.ts';

type Frame = pl.DataFrame;

/** Up to here, text is faster element by element than by a join. */
const smallRows = 4_096;

/** Lets native memory be freed: polars frames are released only when the event loop turns. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * A polars frame of the schema's columns, in the schema's order. Repeated text becomes Categorical,
 * which encodes several times as fast and reads back as plain text everywhere but in polars itself.
 */
export function frameOf(schema: readonly ColumnSchema[], table: Table): Frame {
  // As a list: by name, polars would wrap each series once more, and a wrapper costs more than a small table.
  return pl.DataFrame(
    schema.map(({ name }) => {
      const column = table.columns.get(name);
      if (column === undefined) throw new Error(`there is no column ${name}`);
      return seriesOf(name, column);
    }),
  );
}

function seriesOf(name: string, column: Column): pl.Series {
  if (column.nulls?.includes(1) ?? false) return seriesWithNulls(name, column);
  switch (column.type) {
    case 'string':
      return stringSeries(name, column);
    case 'boolean':
      return pl.Series(name, column.values).cast(pl.Bool);
    default:
      // Typed arrays keep all bits; an array of bigints loses the sign and, in Int64, what is above 2^53.
      return pl.Series(name, column.values);
  }
}

/** Values by their positions through a join: polars has no way to make a Categorical of given codes. */
function stringSeries(name: string, column: StringColumn): pl.Series {
  const { codes, dictionary } = column;
  if (codes.length <= smallRows) {
    const texts = Array.from(codes, (code) => dictionary[code] ?? null);
    return pl.Series(name, texts, pl.Utf8).cast(pl.Categorical);
  }
  const texts = pl.DataFrame({
    code: pl.Series(
      'code',
      Uint32Array.from(dictionary, (_, code) => code),
    ),
    text: pl.Series('text', [...dictionary], pl.Utf8).cast(pl.Categorical),
  });
  return pl
    .DataFrame({ code: pl.Series('code', codes) })
    .join(texts, { on: 'code', how: 'left', maintainOrder: 'left' })
    .getColumn('text')
    .rename(name);
}

/** Rare and small (calendars, findings): element by element, null where the mask says so. */
function seriesWithNulls(name: string, column: Column): pl.Series {
  const rows = Array.from({ length: rowsOf(column) }, (_, row) => row);
  const pick = <Value>(value: (row: number) => Value) =>
    rows.map((row) => (isNull(column, row) ? null : value(row)));
  switch (column.type) {
    case 'u64':
      return pl.Series(
        name,
        pick((row) => column.values[row] ?? 0n),
        pl.UInt64,
      );
    case 'f64':
      return pl.Series(
        name,
        pick((row) => column.values[row] ?? 0),
        pl.Float64,
      );
    case 'i32':
      return pl.Series(
        name,
        pick((row) => column.values[row] ?? 0),
        pl.Int32,
      );
    case 'boolean':
      return pl.Series(
        name,
        pick((row) => column.values[row] === 1),
        pl.Bool,
      );
    case 'string':
      return pl
        .Series(
          name,
          pick((row) => column.dictionary[column.codes[row] ?? 0] ?? ''),
          pl.Utf8,
        )
        .cast(pl.Categorical);
  }
}

const polarsTypes: ReadonlyMap<string, ColumnSchema['type']> = new Map([
  ['UInt64', 'u64'],
  ['Float64', 'f64'],
  ['Int32', 'i32'],
  ['Bool', 'boolean'],
  ['Boolean', 'boolean'],
  ['String', 'string'],
  ['Utf8', 'string'],
  ['Categorical', 'string'],
]);

/** Types of a frame's columns in our words; a type that no table has keeps polars' name. */
export function frameTypes(frame: Frame): ReadonlyMap<string, string> {
  // Not by way of the columns: a wrapper of a series costs more than a small table.
  const { dtypes } = frame;
  return new Map(
    frame.columns.map((name, index) => {
      const type = String(dtypes[index]?.variant);
      return [name, polarsTypes.get(type) ?? type];
    }),
  );
}

/** The wanted columns of a frame, without loss. */
export function tableOfFrame(schema: TableSchema, frame: Frame, wanted: readonly string[]): Table {
  const columns = new Map<string, Column>();
  for (const { name, type } of schema.columns) {
    if (wanted.includes(name)) columns.set(name, columnFrom(frame, name, type));
  }
  return { rows: frame.height, columns };
}

function columnFrom(frame: Frame, name: string, type: ColumnSchema['type']): Column {
  const series = frame.getColumn(name);
  const nulls = series.nullCount() === 0 ? undefined : typed(series.isNull().cast(pl.UInt8), Uint8Array);
  const mask = nulls === undefined ? {} : { nulls };
  switch (type) {
    case 'u64':
      return {
        type,
        values: typed(
          filled(series, () => pl.lit(0n)),
          BigUint64Array,
        ),
        ...mask,
      };
    case 'f64':
      return {
        type,
        values: typed(
          filled(series, () => pl.lit(0)),
          Float64Array,
        ),
        ...mask,
      };
    case 'i32':
      return {
        type,
        values: typed(
          filled(series, () => pl.lit(0).cast(pl.Int32)),
          Int32Array,
        ),
        ...mask,
      };
    case 'boolean':
      return {
        type,
        values: typed(
          filled(series.cast(pl.UInt8), () => pl.lit(0).cast(pl.UInt8)),
          Uint8Array,
        ),
        ...mask,
      };
    case 'string':
      return {
        type,
        ...(series.length <= smallRows ? smallDictionaryOf(series) : dictionaryOf(frame, name)),
        ...mask,
      };
  }
}

/** Typed arrays cannot be taken from a column with nulls; the mask says which elements mean nothing. */
function filled(series: pl.Series, replacement: () => pl.Expr): pl.Series {
  if (series.nullCount() === 0) return series;
  return pl
    .DataFrame({ column: series })
    .select(pl.col('column').fillNull(replacement()).cast(series.dtype))
    .getColumn('column');
}

type TypedArrayClass<Values> = new (length: number) => Values;

function typed<Values extends { readonly length: number }>(
  series: pl.Series,
  kind: TypedArrayClass<Values>,
): Values {
  if (series.length === 0) return new kind(0);
  const values: unknown = series.toTypedArray();
  if (!(values instanceof kind)) throw new Error(`${series.name} is not a ${kind.name}`);
  return values;
}

function smallDictionaryOf(series: pl.Series): Pick<StringColumn, 'codes' | 'dictionary'> {
  const texts: readonly unknown[] = series.cast(pl.Utf8).toArray();
  const codeOf = new Map<string, number>();
  const codes = Uint32Array.from(texts, (value) => {
    if (value === null) return 0;
    const text = String(value);
    const code = codeOf.get(text) ?? codeOf.size;
    codeOf.set(text, code);
    return code;
  });
  return { codes, dictionary: [...codeOf.keys()] };
}

function dictionaryOf(frame: Frame, name: string): Pick<StringColumn, 'codes' | 'dictionary'> {
  const distinct = frame.select(pl.col(name)).unique({ maintainOrder: true }).dropNulls();
  const dictionary = distinct
    .select(pl.col(name).cast(pl.Utf8))
    .getColumn(name)
    .toArray()
    .map((text: unknown) => String(text));
  if (dictionary.length <= 1) return { codes: new Uint32Array(frame.height), dictionary };
  const coded = distinct.withColumns(
    pl.Series(
      'code',
      Uint32Array.from(dictionary, (_, code) => code),
    ),
  );
  const codes = frame
    .select(pl.col(name))
    .join(coded, { on: name, how: 'left', maintainOrder: 'left' })
    .select(pl.col('code').fillNull(pl.lit(0).cast(pl.UInt32)).cast(pl.UInt32))
    .getColumn('code');
  return { codes: typed(codes, Uint32Array), dictionary };
}
