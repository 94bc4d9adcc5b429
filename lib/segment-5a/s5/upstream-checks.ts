import type { ShapeTimeGridPolicy } from '../policies/shape-time-grid.ts';
import type { ValidationPolicy } from '../policies/validation.ts';
import { minutesPerDay } from '../vocabulary.ts';
import { checkBaseline, checkClassBaseline } from './baseline-checks.ts';
import { type CheckList, failed, passed, unlessFound } from './check.ts';
import { countIn, type Engine, parquetFiles } from './engine.ts';
import type { ProfileLaws, WorldFiles } from './expected-profile.ts';
import { checkProfile } from './profile-checks.ts';
import { bad, exactSum, finding } from './row-findings.ts';

/** Absolute paths. */
export type UpstreamFiles = {
  readonly world: WorldFiles;
  readonly classProfile: string;
  readonly grid: string;
  readonly shape: string;
  /** Baseline by merchant bucket. */
  readonly baseline: readonly string[];
  readonly classBaseline: string;
};

export type UpstreamLaws = ProfileLaws & {
  readonly weekBuckets: number;
  readonly timeGrid: ShapeTimeGridPolicy;
  readonly tolerances: ValidationPolicy['tolerances'];
};

/** The checks of S1 … S3 by the engine, each over every row. `profile`, `pair` and `shape` of the expectation are there. */
export async function checkUpstream(
  engine: Engine,
  checks: CheckList,
  files: UpstreamFiles,
  laws: UpstreamLaws,
): Promise<void> {
  await checkProfile(engine, checks, files, laws);
  await checkShapes(engine, checks, files, laws);
  await checkBaseline(engine, checks, files.baseline, laws);
  await checkClassBaseline(engine, checks, files.classBaseline, laws);
}

async function checkShapes(
  engine: Engine,
  checks: CheckList,
  files: UpstreamFiles,
  laws: UpstreamLaws,
): Promise<void> {
  const { weekBuckets, tolerances } = laws;
  await checkGrid(engine, checks, files.grid, laws);
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

async function checkGrid(
  engine: Engine,
  checks: CheckList,
  path: string,
  { weekBuckets, timeGrid }: UpstreamLaws,
): Promise<void> {
  const { bucket_minutes: size, weekend_days: weekend, nominal_open_hours: open } = timeGrid;
  const day = `1 + (bucket_index * ${size}) // ${minutesPerDay}`;
  const minute = `(bucket_index * ${size}) % ${minutesPerDay}`;
  const expected = {
    local_day_of_week: day,
    local_minutes_since_midnight: minute,
    bucket_duration_minutes: size,
    is_weekend: `(${day}) in (${weekend.join(', ')})`,
    is_nominal_open_hours: `(${day}) in (${open.days.join(', ')}) and ${minute} >= ${open.start_minute} and ${minute} < ${open.end_minute}`,
  };
  const wrong = Object.entries(expected).map(([name, value]) => `${name} is distinct from (${value})`);
  await checks.run('S2_GRID_VALID', 'S2', async () => {
    const row = await engine.one(`select count(*) as rows, count(distinct bucket_index) as keys,
      min(bucket_index) as low, max(bucket_index) as high, count(*) filter (where ${wrong.join(' or ')}) as wrong
      from ${parquetFiles([path])}`);
    const [rows, wrongRows] = [countIn(row, 'rows'), countIn(row, 'wrong')];
    const whole =
      rows === weekBuckets &&
      countIn(row, 'keys') === weekBuckets &&
      countIn(row, 'low') === 0 &&
      countIn(row, 'high') === weekBuckets - 1;
    const message = `the grid is not the buckets 0 to ${weekBuckets - 1}`;
    return unlessFound({ rows, wrong: wrongRows }, [
      ...(whole ? [] : [{ issueCode: 'S2_GRID_INVALID', context: { rows }, message }]),
      ...finding(
        'S2_GRID_COLUMNS',
        wrongRows,
        'buckets are said to be at another time than the policy has them',
      ),
    ]);
  });
}
