import pl, { type DataFrame, type Expr, type LazyDataFrame } from 'nodejs-polars';
import type { Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import { type OutputFiles, requireNone } from './inputs.ts';
import { classZoneKey, pairKey } from './polars-frames.ts';

const { col, lit } = pl;
const shapeKey = [...classZoneKey, 'bucket_index'];

/** What the same program made of profile and calendar. */
type Expected = { readonly scoped: DataFrame; readonly factor: DataFrame; readonly mapping: DataFrame };

const bad = (name: string) =>
  col(name)
    .isNull()
    .or(col(name).isFinite().not())
    .or(col(name).lt(lit(0)));
// Two nulls are equal and one is not: as SQL's `is distinct from`.
const differs = (one: Expr, other: Expr) => one.eq(other).fillNull(lit(false)).not();

/**
 * Every row of every file: keys, ranges, sums, the product, and that local and UTC add up alike. Factors are
 * compared with those of the calendar that the same program made.
 */
export async function checkOutputs(
  files: OutputFiles,
  { scoped, factor, mapping }: Expected,
  { scenario_overlay: overlay, validation }: Policies,
  buckets: number,
): Promise<void> {
  const none = async (check: string, rows: LazyDataFrame) => {
    const found = await rows.select(pl.len().alias('rows')).collect({ streaming: true });
    requireNone(check, Number(found.getColumn('rows').get(0)));
  };
  const scan = (file: string) => pl.scanParquet(file);
  const { weekly_sum: weeklySum, local_utc_total: localUtc } = validation.tolerances;
  await none(
    'profile keys',
    scan(files.profile)
      .groupBy(pairKey)
      .agg(pl.len().alias('n'))
      .filter(col('n').gt(lit(1))),
  );
  await none(
    'profile values',
    scan(files.profile).filter(bad('weekly_volume_expected').or(bad('scale_factor'))),
  );
  await none(
    'shapes add up to one',
    scan(files.shape)
      .groupBy(classZoneKey)
      .agg(col('shape_value').sum().alias('total'))
      .filter(col('total').minus(lit(1)).abs().gt(lit(1e-6))),
  );
  const missing = col('total').minus(col('weekly_volume_expected')).abs();
  const volume = pl.maxHorizontal([col('weekly_volume_expected'), lit(1)]);
  await none(
    'baseline adds up to the weekly volume',
    scan(files.baseline)
      .groupBy(pairKey)
      .agg(col('lambda_local_base').sum().alias('total'), col('bucket_index').nUnique().alias('k'))
      .join(scan(files.profile), { on: pairKey, how: 'full' })
      .filter(
        differs(col('k'), lit(168))
          .or(missing.isNull())
          .or(missing.gt(lit(weeklySum.absolute)).and(missing.div(volume).gt(lit(weeklySum.relative)))),
      ),
  );
  for (const [file, index] of [
    [files.local, 'local_horizon_bucket_index'],
    [files.factors, 'local_horizon_bucket_index'],
    [files.utc, 'utc_horizon_bucket_index'],
  ] as const) {
    const found = scan(file)
      .groupBy(pairKey)
      .agg(
        pl.len().alias('rows'),
        col(index).nUnique().alias('distinct'),
        col(index).min().alias('first'),
        col(index).max().alias('last'),
      );
    await none(
      'every merchant-zone has every bucket of the horizon once',
      scan(files.profile)
        .select(...pairKey, 'channel_group')
        .join(found, { on: pairKey, how: 'full' })
        .filter(
          col('channel_group')
            .isNull()
            .or(differs(col('rows'), lit(buckets)))
            .or(differs(col('distinct'), lit(buckets)))
            .or(differs(col('first'), lit(0)))
            .or(differs(col('last'), lit(buckets - 1))),
        ),
    );
  }
  await none('λ local', scan(files.local).filter(bad('lambda_local_scenario')));
  await none('λ by UTC', scan(files.utc).filter(bad('lambda_utc_scenario')));
  const { minimum, maximum } = overlay.factor_bounds;
  const within = col('overlay_factor_total')
    .gtEq(lit(minimum))
    .and(col('overlay_factor_total').ltEq(lit(maximum)));
  await none(
    'factors lie within their bounds',
    scan(files.factors).filter(within.fillNull(lit(false)).not()),
  );
  const expectedFactor = col('factor').fillNull(lit(1));
  const expected = col('weekly_volume_expected').mul(col('shape_value')).mul(expectedFactor);
  await none(
    'factors are those of the calendar, and λ is baseline times factor',
    scan(files.local)
      .rename({ local_horizon_bucket_index: 'h' })
      .join(scoped.select(...pairKey, 'demand_class', 'weekly_volume_expected', 'scope').lazy(), {
        on: pairKey,
        how: 'left',
      })
      .join(factor.lazy(), { on: ['scope', 'h'], how: 'left' })
      .join(mapping.lazy(), { on: ['tzid', 'h'], how: 'left' })
      .join(scan(files.shape), { on: shapeKey, how: 'left' })
      .filter(
        differs(col('overlay_factor_total'), expectedFactor).or(
          differs(col('lambda_local_scenario'), expected),
        ),
      ),
  );
  const own = [...pairKey, 'local_horizon_bucket_index'];
  await none(
    'factors on their own are those of the surface',
    scan(files.local)
      .select(...own, 'overlay_factor_total')
      .join(scan(files.factors).select(...own, col('overlay_factor_total').alias('alone')), {
        on: own,
        how: 'full',
      })
      .filter(differs(col('overlay_factor_total'), col('alone'))),
  );
  const total = async (file: string, name: string) =>
    Number((await scan(file).select(col(name).sum()).collect({ streaming: true })).getColumn(name).get(0));
  const local = await total(files.local, 'lambda_local_scenario');
  const utc = await total(files.utc, 'lambda_utc_scenario');
  const apart = Math.abs(local - utc) / Math.max(local, 1);
  requireNone('local and UTC add up alike', apart > localUtc.relative ? 1 : 0);
}
