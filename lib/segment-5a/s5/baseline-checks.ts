import type { ValidationPolicy } from '../policies/validation.ts';
import { type CheckList, unlessFound } from './check.ts';
import { countIn, type Engine, parquetFiles, sqlDouble } from './engine.ts';
import { bad, exactSum, finding } from './row-findings.ts';

export type BaselineLaws = {
  readonly weekBuckets: number;
  readonly tolerances: ValidationPolicy['tolerances'];
};

/** The baseline by merchant bucket, every row of it. `pair` and `shape` of the expectation are there. */
export async function checkBaseline(
  engine: Engine,
  checks: CheckList,
  files: readonly string[],
  { weekBuckets, tolerances }: BaselineLaws,
): Promise<void> {
  const rows = files
    .map((path, bucket) => `select ${bucket} as bucket, * from ${parquetFiles([path])}`)
    .join(' union all ');
  const beside = `select b.*, p.weekly, s.shape_value,
      b.merchant_id is distinct from p.merchant_id or b.legal_country_iso is distinct from p.legal_country_iso
        or b.tzid is distinct from p.tzid or b.channel_group is distinct from p.channel_group
        or b.bucket_index is distinct from b.file_row_number % ${weekBuckets} as wrong_key
    from (${rows}) b
    left join pair p on p.bucket = b.bucket and p.place = b.file_row_number // ${weekBuckets}
    left join shape s on s.shape_key = p.class_zone * ${weekBuckets} + b.file_row_number % ${weekBuckets}`;
  await checks.run('S3_LAMBDA_NONNEG_FINITE', 'S3', async () => {
    const count = countIn(
      await engine.one(`select count(*) filter (where ${bad('lambda_local_base')}) as bad from (${rows})`),
      'bad',
    );
    return unlessFound(
      { bad: count },
      finding('S3_LAMBDA_INVALID', count, 'intensities are not finite numbers of at least 0'),
    );
  });
  await checks.run('S3_DOMAIN_PARITY', 'S3', async () => {
    const row = await engine.one(`select count(*) as rows, count(*) filter (where wrong_key) as wrong,
      (select count(*) * ${weekBuckets} from pair) as expected from (${beside})`);
    const [found, wrong, expected] = [countIn(row, 'rows'), countIn(row, 'wrong'), countIn(row, 'expected')];
    return unlessFound({ rows: found, expected, wrong }, [
      ...finding('S3_KEY_MISMATCH', wrong, 'rows are not the merchant-zone and bucket of their place'),
      ...finding('S3_ROW_COUNT', Math.abs(found - expected), 'rows too many or too few'),
    ]);
  });
  await checks.run('S3_RECOMPOSITION', 'S3', async () => {
    const row = await engine.one(`select count(*) as rows,
      count(*) filter (where lambda_local_base is distinct from weekly * shape_value) as different from (${beside})`);
    const different = countIn(row, 'different');
    return unlessFound(
      { rows: countIn(row, 'rows'), different },
      finding('S3_LAMBDA_DIFFERS', different, 'intensities are not weekly volume times shape'),
    );
  });
  await checks.run('S3_WEEKLY_SUM_VS_SCALE', 'S3', async () => {
    const { absolute, relative } = tolerances.weekly_sum;
    const row = await engine.one(`select count(*) filter (where abs(total - weekly) > ${sqlDouble(absolute)}
        and abs(total - weekly) / greatest(abs(weekly), 1) > ${sqlDouble(relative)}) as violations
      from (select ${exactSum('lambda_local_base')} as total, any_value(weekly) as weekly from (${beside})
        where weekly > 0 group by bucket, file_row_number // ${weekBuckets})`);
    const violations = countIn(row, 'violations');
    return unlessFound(
      { violations },
      finding('S3_WEEKLY_SUM', violations, 'merchant-zones do not add up to their weekly volume'),
    );
  });
}

/**
 * The sums by class and zone. As every intensity is weekly volume times shape, which is judged row by row, the
 * sum over merchants is the sum of their volumes times the shape: no row of the baseline is read for it.
 */
export async function checkClassBaseline(
  engine: Engine,
  checks: CheckList,
  path: string,
  { weekBuckets, tolerances: { weekly_sum } }: BaselineLaws,
): Promise<void> {
  const { absolute, relative } = weekly_sum;
  await checks.run('S3_CLASS_SUMS', 'S3', async () => {
    const row = await engine.one(`
      with volume as (
        select class_zone, ${exactSum('weekly')} as weekly from pair group by class_zone
      ), placed as (
        select b.lambda_local_base_class as summed, v.weekly,
          case when b.bucket_index between 0 and ${weekBuckets - 1} then c.class_zone * ${weekBuckets} + b.bucket_index end as shape_key
        from ${parquetFiles([path])} b
        left join class_zone c using (demand_class, channel_group, legal_country_iso, tzid)
        left join volume v using (class_zone)
      ), found as (
        select summed, weekly * shape_value as expected, s.shape_key from placed left join shape s using (shape_key)
      )
      select count(*) as rows, count(distinct shape_key) as keys, (select count(*) * ${weekBuckets} from class_zone) as expected,
        count(*) filter (where shape_key is not null and (${bad('summed')} or (abs(summed - expected) > ${sqlDouble(absolute)}
          and abs(summed - expected) / greatest(expected, 1) > ${sqlDouble(relative)}))) as violations
      from found`);
    const [rows, keys, expected] = [countIn(row, 'rows'), countIn(row, 'keys'), countIn(row, 'expected')];
    const violations = countIn(row, 'violations');
    // Too many rows are foreign or doubled, too few distinct keys are missing.
    const wrongKeys = rows - keys + (expected - keys);
    return unlessFound({ rows, expected, violations }, [
      ...finding('S3_CLASS_KEYS', wrongKeys, 'hours of class-zones are missing, foreign, or stand twice'),
      ...finding('S3_CLASS_SUM', violations, 'hours of class-zones are not the sum of their merchants'),
    ]);
  });
}
