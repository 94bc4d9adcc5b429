import pl, { type DataFrame } from 'nodejs-polars';

export const pairKey = ['merchant_id', 'legal_country_iso', 'tzid'];
export const classZoneKey = ['demand_class', 'channel_group', 'legal_country_iso', 'tzid'];

/** A world's table, its dictionaries as plain text: categories of two files do not join. */
export function readFrame(file: string): DataFrame {
  const frame = pl.readParquet(file);
  const coded = frame.columns.filter((name) => frame.getColumn(name).dtype.equals(pl.Categorical));
  return coded.length === 0 ? frame : frame.withColumns(...coded.map((name) => pl.col(name).cast(pl.Utf8)));
}

export async function writeFrame(frame: DataFrame, file: string): Promise<void> {
  await frame.lazy().sinkParquet(file, { compression: 'zstd', compressionLevel: 1 }).collect();
  // Frames are freed only when the event loop turns.
  await new Promise((resolve) => setImmediate(resolve));
}

export const text = (name: string, values: readonly string[]) => pl.Series(name, [...values], pl.Utf8);
export const integers = (name: string, values: readonly number[] | Int32Array) =>
  pl.Series(name, Int32Array.from(values));
export const doubles = (name: string, values: Float64Array | readonly number[]) =>
  pl.Series(name, Float64Array.from(values));
