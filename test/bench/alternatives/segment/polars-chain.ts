/**
 * Segment 5A as a straightforward polars program: small tables in a loop where polars has no function for the
 * law, everything large as joins and expressions over whole frames. Written for the comparison; equal outputs
 * are checked.
 */
import pl, { type DataFrame } from 'nodejs-polars';
import { alternativeInput } from './inputs.ts';
import { checkOutputs } from './polars-checks.ts';
import { classZoneKey, integers, pairKey, writeFrame } from './polars-frames.ts';
import { horizonOf, mappingOf, overlayOf } from './polars-overlay.ts';
import { profiles, shapes } from './polars-profiles.ts';

const { col, lit, when } = pl;
const baselineKey = [...pairKey, 'channel_group', 'bucket_index'];
const keys = [...pairKey, 'channel_group', 'local_horizon_bucket_index'];
const { world, output, scenarioId, policies } = await alternativeInput(process.argv);

// S1 and S2: what each merchant-zone expects in a week, and how each class spreads it over the week.
const profile = profiles(world, policies);
await writeFrame(profile, output.profile);
const shape = shapes(profile, policies);
await writeFrame(shape, output.shape);

const horizon = horizonOf(world, policies, scenarioId);
const mapping = mappingOf(world, profile.select('tzid').unique(), horizon);
const { scoped, factor } = overlayOf(world, profile, policies, horizon);
await writeSurfaces(await writeBaseline());
await checkOutputs(output, { scoped, factor, mapping }, policies, horizon.buckets);

/** S3: λ_base = weekly · shape, and its sum by class-zone. */
async function writeBaseline(): Promise<DataFrame> {
  const withShapes = await profile
    .lazy()
    .join(shape.lazy(), { on: classZoneKey, maintainOrder: 'left_right' })
    .withColumns(col('weekly_volume_expected').mul(col('shape_value')).alias('lambda_local_base'))
    .collect();
  const baseline = withShapes.select(...pairKey, 'channel_group', 'bucket_index', 'lambda_local_base');
  await writeFrame(baseline, output.baseline);
  const byClass = withShapes
    .groupBy(...classZoneKey, 'bucket_index')
    .agg(col('lambda_local_base').sum().alias('lambda_local_base_class'))
    .sort([...classZoneKey, 'bucket_index']);
  await writeFrame(byClass, output.classBaseline);
  return baseline;
}

/**
 * S4: λ = λ_base · F over the horizon, F on its own, and λ by UTC. A zone off the whole bucket gives a part of
 * each local bucket to the UTC bucket before; rows are in order and complete, so neighbours are a shift away.
 */
async function writeSurfaces(baseline: DataFrame): Promise<void> {
  const { buckets } = horizon;
  const hours = pl.DataFrame([
    integers(
      'h',
      Array.from({ length: buckets }, (_, h) => h),
    ),
  ]);
  const lambda = col('lambda_local_scenario');
  const next = when(col('h').eq(lit(buckets - 1)))
    .then(lambda.shift(buckets - 1))
    .otherwise(lambda.shift(-1));
  const own = lit(1).minus(col('earlier')).mul(lambda);
  const keepOrder = { how: 'left', maintainOrder: 'left' } as const;
  const surfaces = await scoped
    .select(...pairKey, 'channel_group', 'scope')
    .lazy()
    .join(hours.lazy(), { how: 'cross', maintainOrder: 'left_right' })
    .join(mapping.lazy(), { on: ['tzid', 'h'], ...keepOrder })
    .join(baseline.lazy(), { on: baselineKey, ...keepOrder })
    .join(factor.lazy(), { on: ['scope', 'h'], ...keepOrder })
    .withColumns(col('factor').fillNull(lit(1)).alias('overlay_factor_total'))
    .withColumns(col('lambda_local_base').mul(col('overlay_factor_total')).alias('lambda_local_scenario'))
    .withColumns(own.plus(col('next_earlier').mul(next)).alias('lambda_utc_scenario'))
    .rename({ h: 'local_horizon_bucket_index' })
    .select(...keys, 'lambda_local_scenario', 'overlay_factor_total', 'lambda_utc_scenario')
    .collect();
  await writeFrame(surfaces.select(...keys, 'lambda_local_scenario', 'overlay_factor_total'), output.local);
  await writeFrame(surfaces.select(...keys, 'overlay_factor_total'), output.factors);
  const byUtc = surfaces.select(...keys, 'lambda_utc_scenario');
  await writeFrame(byUtc.rename({ local_horizon_bucket_index: 'utc_horizon_bucket_index' }), output.utc);
}
