import { join } from 'node:path';
import pl, { type DataFrame } from 'nodejs-polars';
import { integers, writeFrame } from './polars-frames.ts';

/** One merchant bucket: λ_base by merchant-zone and bucket of the week, factors by scope and hour. */
export type PolarsBucket = {
  readonly base: Float64Array;
  readonly curves: readonly Float64Array[];
  readonly weekBucket: Uint16Array;
  readonly weekBuckets: number;
};

/** The three surfaces of a bucket as joins over whole frames; `keys` has one row a merchant-zone. */
export async function joinSurfaces(keys: DataFrame, bucket: PolarsBucket, folder: string): Promise<void> {
  const { base, curves, weekBucket, weekBuckets } = bucket;
  const hours = weekBucket.length;
  const horizon = pl.DataFrame([
    integers(
      'h',
      Array.from(weekBucket, (_, h) => h),
    ),
    integers('k', [...weekBucket]),
  ]);
  const baseline = pl.DataFrame([
    integers(
      'pair',
      Int32Array.from(base, (_, at) => Math.floor(at / weekBuckets)),
    ),
    integers(
      'k',
      Int32Array.from(base, (_, at) => at % weekBuckets),
    ),
    pl.Series('base', base),
  ]);
  const cells = curves.length * hours;
  const factor = pl.DataFrame([
    integers(
      'scope',
      Int32Array.from({ length: cells }, (_, at) => Math.floor(at / hours)),
    ),
    integers(
      'h',
      Int32Array.from({ length: cells }, (_, at) => at % hours),
    ),
    pl.Series('overlay_factor_total', Float64Array.from(curves.flatMap((factors) => [...factors]))),
  ]);
  const numbered = keys.withColumns(
    integers(
      'pair',
      Int32Array.from({ length: keys.height }, (_, pair) => pair),
    ),
    integers(
      'scope',
      Int32Array.from({ length: keys.height }, (_, pair) => pair % curves.length),
    ),
  );
  const joined = await numbered
    .lazy()
    .join(horizon.lazy(), { how: 'cross', maintainOrder: 'left_right' })
    .join(baseline.lazy(), { on: ['pair', 'k'], how: 'left', maintainOrder: 'left' })
    .join(factor.lazy(), { on: ['scope', 'h'], how: 'left', maintainOrder: 'left' })
    .withColumns(pl.col('base').mul(pl.col('overlay_factor_total')).alias('lambda'))
    .collect();
  for (const [file, own] of Object.entries({
    local: ['lambda', 'overlay_factor_total'],
    factors: ['overlay_factor_total'],
    utc: ['lambda'],
  })) {
    await writeFrame(joined.select(...keys.columns, 'h', ...own), join(folder, `${file}.parquet`));
  }
}
