import type { ValidationPolicy } from '../policies/validation.ts';
import { type CheckFinding, type CheckList, failed, passed, unlessFound } from './check.ts';
import { countIn, type Engine, parquetFiles, sqlDouble } from './engine.ts';

export type UpstreamFiles = {
  readonly profile: string;
  readonly grid: string;
  readonly shape: string;
  /** Baseline by merchant bucket. */
  readonly baseline: readonly string[];
};

export type UpstreamLaws = {
  readonly weekBuckets: number;
  readonly tolerances: ValidationPolicy['tolerances'];
};

/** Sums in units of 1e-15 are whole numbers, so they do not depend on the order of the rows. */
const exactSum = (column: string) => `sum((${column} * 1e15)::HUGEINT)::DOUBLE / 1e15`;

const bad = (column: string) => `(${column} is null or not isfinite(${column}) or ${column} < 0)`;

function finding(issueCode: string, count: number, message: string): readonly CheckFinding[] {
  return count === 0 ? [] : [{ issueCode, context: { rows: count }, message: `${count} ${message}` }];
}

/** The checks of S1 … S3, each over every row. `pair` and `shape` of the expectation are there. */
export async function checkUpstream(
  engine: Engine,
  checks: CheckList,
  files: UpstreamFiles,
  laws: UpstreamLaws,
): Promise<void> {
  await checkProfile(engine, checks);
  await checkShapes(engine, checks, files, laws);
  await checkBaseline(engine, checks, files, laws);
}

async function checkProfile(engine: Engine, checks: CheckList): Promise<void> {
  await checks.run('S1_PK_VALID', 'S1', async () => {
    const row = await engine.one(
      `select count(*) as rows, count(distinct (merchant_id, legal_country_iso, tzid)) as keys from profile`,
    );
    const [rows, keys] = [countIn(row, 'rows'), countIn(row, 'keys')];
    return unlessFound(
      { rows, keys },
      finding('S1_DUPLICATE_KEY', rows - keys, 'rows of the profile repeat a key'),
    );
  });
  await checks.run('S1_REQUIRED_FIELDS', 'S1', async () => {
    const row =
      await engine.one(`select count(*) filter (where merchant_id is null or legal_country_iso is null
      or tzid is null or channel_group is null or demand_class is null) as missing from profile`);
    const missing = countIn(row, 'missing');
    return unlessFound({ missing }, finding('S1_FIELD_MISSING', missing, 'rows of the profile lack a field'));
  });
  await checks.run('S1_SCALE_NONNEG_FINITE', 'S1', async () => {
    const row = await engine.one(
      `select count(*) filter (where ${bad('weekly_volume_expected')} or ${bad('scale_factor')}) as bad from profile`,
    );
    const count = countIn(row, 'bad');
    return unlessFound(
      { bad: count },
      finding('S1_SCALE_INVALID', count, 'scales are not finite numbers of at least 0'),
    );
  });
}

async function checkShapes(
  engine: Engine,
  checks: CheckList,
  files: UpstreamFiles,
  laws: UpstreamLaws,
): Promise<void> {
  const { weekBuckets, tolerances } = laws;
  await checks.run('S2_GRID_VALID', 'S2', async () => {
    const row = await engine.one(`select count(*) as rows, count(distinct bucket_index) as keys,
      min(bucket_index) as low, max(bucket_index) as high from ${parquetFiles([files.grid])}`);
    const whole =
      countIn(row, 'rows') === weekBuckets &&
      countIn(row, 'keys') === weekBuckets &&
      countIn(row, 'low') === 0 &&
      countIn(row, 'high') === weekBuckets - 1;
    const metrics = { rows: countIn(row, 'rows') };
    if (whole) return passed(metrics);
    return failed(metrics, {
      issueCode: 'S2_GRID_INVALID',
      context: metrics,
      message: `the grid is not the buckets 0 to ${weekBuckets - 1}`,
    });
  });
  await checks.run('S2_SHAPES_NONNEG', 'S2', async () => {
    const row = await engine.one(
      `select count(*) filter (where ${bad('shape_value')}) as bad, count(*) as rows from shape`,
    );
    const count = countIn(row, 'bad');
    return unlessFound(
      { rows: countIn(row, 'rows'), bad: count },
      finding('S2_SHAPE_INVALID', count, 'shape values are not finite numbers of at least 0'),
    );
  });
  await checks.run('S2_SHAPES_SUM_TO_ONE', 'S2', async () => {
    const row = await engine.one(`select max(abs(total - 1)) as worst from (
      select ${exactSum('shape_value')} as total from shape group by shape_key // ${weekBuckets})`);
    const worst = Number(row.worst ?? 0);
    const { pass, warn } = tolerances.shape_sum;
    const metrics = { max_absolute_error: worst };
    if (worst <= pass) return passed(metrics);
    const found = {
      issueCode: 'S2_SHAPE_SUM',
      context: metrics,
      message: `a shape adds up to 1 only within ${worst}`,
    };
    return worst <= warn ? { status: 'WARN', metrics, findings: [found] } : failed(metrics, found);
  });
  await checks.run('S2_DOMAIN_COVERS_S1', 'S2', async () => {
    const row = await engine.one(`with found as (
        select shape_key // ${weekBuckets} as class_zone, count(distinct shape_key) as buckets, count(*) as rows from shape group by 1)
      select count(*) filter (where f.buckets is distinct from ${weekBuckets} or f.rows is distinct from ${weekBuckets}) as incomplete,
        (select count(*) from ${parquetFiles([files.shape])}) - (select count(*) from shape) as foreign_rows
      from class_zone c left join found f using (class_zone)`);
    const [incomplete, foreign] = [countIn(row, 'incomplete'), countIn(row, 'foreign_rows')];
    return unlessFound({ incomplete, foreign }, [
      ...finding('S2_SHAPE_INCOMPLETE', incomplete, 'class-zones of S1 lack a whole shape'),
      ...finding('S2_SHAPE_FOREIGN', foreign, 'rows of shapes belong to no class-zone of S1'),
    ]);
  });
}

async function checkBaseline(
  engine: Engine,
  checks: CheckList,
  files: UpstreamFiles,
  laws: UpstreamLaws,
): Promise<void> {
  const { weekBuckets, tolerances } = laws;
  const rows = files.baseline
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
