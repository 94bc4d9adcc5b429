import { type Engine, parquetFiles, sqlDouble } from './engine.ts';

/** The three surfaces that S4 writes. */
export const surfaces = ['local', 'factors', 'utc'] as const;
export type Surface = (typeof surfaces)[number];

export const indexColumn: Readonly<Record<Surface, string>> = {
  local: 'local_horizon_bucket_index',
  factors: 'local_horizon_bucket_index',
  utc: 'utc_horizon_bucket_index',
};
const lambdaColumn: Readonly<Record<Surface, string | undefined>> = {
  local: 'lambda_local_scenario',
  factors: undefined,
  utc: 'lambda_utc_scenario',
};

/** One file of a bucket with the number of rows before it in the bucket. */
export type SurfacePart = { readonly path: string; readonly rowsBefore: number };

export type ScanLaws = {
  readonly buckets: number;
  readonly weekBuckets: number;
  /** Whether any zone of the scenario is off the whole bucket, and its UTC values a projection. */
  readonly fractionalZones: boolean;
  readonly factorBounds: { readonly minimum: number; readonly maximum: number };
  readonly rails: { readonly below: number; readonly above: number; readonly epsilon: number };
};

/** Rows of a surface's bucket with their place in it, as a subquery. */
export function placedRows(parts: readonly SurfacePart[], columns: string): string {
  return parts
    .map(
      ({ path, rowsBefore }) =>
        `select ${columns}, file_row_number + ${rowsBefore} as position from ${parquetFiles([path])}`,
    )
    .join(' union all ');
}

const keyColumns = 'merchant_id, legal_country_iso, tzid, channel_group';

/** Why a row is wrong; each is a predicate over the joined row. */
export const faults = ['key', 'factor', 'lambda', 'bounds'] as const;
export type Fault = (typeof faults)[number];

/**
 * The rows of one bucket of a surface beside what is expected at their place. A row whose key is not
 * the expected one has fault `key`: as the expected keys are distinct and in order, equality at every
 * place and the exact number of rows prove that no key is missing, added, doubled or moved. Without
 * factors, `wrong_factor` is false.
 */
export function judgedRows(
  surface: Surface,
  bucket: number,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
  factors: 'with factors' | 'without factors' = 'with factors',
): string {
  const { buckets, factorBounds: bounds } = laws;
  const index = indexColumn[surface];
  const lambda = lambdaColumn[surface];
  const hasFactor = surface !== 'utc';
  const joined = hasFactor && factors === 'with factors';
  const columns = [
    keyColumns,
    index,
    ...(lambda === undefined ? [] : [lambda]),
    ...(hasFactor ? ['overlay_factor_total'] : []),
  ].join(', ');
  const wrongFactor = joined
    ? `r.overlay_factor_total is distinct from coalesce(f.factor, 1::DOUBLE)`
    : 'false';
  const offBounds = hasFactor
    ? `(r.overlay_factor_total is null or not (r.overlay_factor_total >= ${sqlDouble(bounds.minimum)} and r.overlay_factor_total <= ${sqlDouble(bounds.maximum)}) or not isfinite(r.overlay_factor_total))`
    : 'false';
  const wrongLambda =
    lambda === undefined
      ? 'false'
      : `(r.${lambda} is null or not isfinite(r.${lambda}) or r.${lambda} < 0 or (p.weekly = 0 and r.${lambda} <> 0))`;
  const factorJoin = joined
    ? `left join factor f on f.factor_key = p.scope * ${buckets} + r.position % ${buckets}`
    : '';
  return `
    select r.*, ${lambda === undefined ? '0::DOUBLE' : `r.${lambda}`} as intensity,
      ${hasFactor ? 'r.overlay_factor_total' : '1::DOUBLE'} as factor,
      ${joined ? 'coalesce(f.factor, 1::DOUBLE)' : 'null::DOUBLE'} as expected_factor,
      (r.merchant_id is distinct from p.merchant_id or r.legal_country_iso is distinct from p.legal_country_iso
        or r.tzid is distinct from p.tzid or r.channel_group is distinct from p.channel_group
        or r.${index} is distinct from r.position % ${buckets}) as wrong_key,
      ${wrongFactor} as wrong_factor, ${offBounds} as wrong_bounds, ${wrongLambda} as wrong_lambda
    from (${placedRows(parts, columns)}) r
    left join (select * from expected_pair where bucket = ${bucket}) p on p.place = r.position // ${buckets}
    ${factorJoin}`;
}

/** Counts of one bucket of a surface that need no factor of the calendar; they add up over buckets, the maximum aside. */
export function countsSql(
  surface: Surface,
  bucket: number,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
): string {
  return `
    select count(*) as rows,
      count(*) filter (where wrong_key) as wrong_key,
      count(*) filter (where wrong_bounds) as wrong_bounds, count(*) filter (where wrong_lambda) as wrong_lambda,
      max(intensity) filter (where isfinite(intensity)) as max_lambda
    from (${judgedRows(surface, bucket, parts, laws, 'without factors')})`;
}

/**
 * How the factors of one bucket compare with those of the calendar. Nine rows in ten have a factor of 1
 * and meet no event, so only the others are looked up: `matched` of them have the expected factor,
 * `differing` another one where one is expected, `unexpected` one where none is. What is expected and
 * neither matched nor differing stands as 1 in the file: `wrongFactors` counts it, so that every row is
 * judged.
 */
export function factorsSql(bucket: number, parts: readonly SurfacePart[], laws: ScanLaws): string {
  const { buckets, rails } = laws;
  const [below, above] = [rails.below - rails.epsilon, rails.above + rails.epsilon];
  // Where 1 itself lay beyond a rail, every row would have to be counted.
  const neutral = below <= 1 && above >= 1 ? 'r.overlay_factor_total is distinct from 1::DOUBLE' : 'true';
  return `
    with looked_up as (
      select r.overlay_factor_total as value, f.factor as expected, coalesce(f.low_exempt, false) as low_exempt
      from (${placedRows(parts, 'overlay_factor_total')}) r
      left join (select * from expected_pair where bucket = ${bucket}) p on p.place = r.position // ${buckets}
      left join (select * from factor where factor <> 1) f on f.factor_key = p.scope * ${buckets} + r.position % ${buckets}
      where ${neutral}
    ), expectation as (
      select coalesce(sum(n.factors), 0)::BIGINT as expected
      from expected_pair p join factors_of_scope n using (scope) where p.bucket = ${bucket}
    )
    select (select expected from expectation) as expected,
      count(*) filter (where value is not distinct from l.expected) as matched,
      count(*) filter (where l.expected is not null and value is distinct from l.expected) as differing,
      count(*) filter (where l.expected is null and value is distinct from 1::DOUBLE) as unexpected,
      count(*) filter (where value > ${sqlDouble(above)}) as above_rail,
      count(*) filter (where value < ${sqlDouble(below)} and not low_exempt) as below_rail
    from looked_up l`;
}

/** Rows whose factor is not the calendar's, from the counts of `factorsSql`. Pure. */
export function wrongFactors(counts: {
  readonly expected: number;
  readonly matched: number;
  readonly differing: number;
  readonly unexpected: number;
}): number {
  const { expected, matched, differing, unexpected } = counts;
  return differing + unexpected + Math.max(0, expected - matched - differing);
}

/**
 * Rows of merchant-zones with any volume whose λ is recomputed: (weekly · shape) · F with the factor of
 * the calendar, and for UTC the projection of it. Compared exactly: the same IEEE operations in the
 * same order give the same bits in every engine.
 */
export function recomputedRows(
  surface: 'local' | 'utc',
  bucket: number,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
): string {
  const { buckets, weekBuckets } = laws;
  const lambda = lambdaColumn[surface] ?? '';
  const value = (shape: string, factor: string) => `(p.weekly * ${shape}) * coalesce(${factor}, 1::DOUBLE)`;
  const own = value('s.shape_value', 'f.factor');
  const next = `(r.position + 1) % ${buckets}`;
  // In a zone off the whole bucket, a UTC bucket gets a part of the local bucket behind it.
  const projects = surface === 'utc' && laws.fractionalZones;
  const onlyFractional = (key: string) => `case when p.fractional then ${key} end`;
  const projected = `(1::DOUBLE - m.earlier) * (${own}) + m2.earlier * (${value('s2.shape_value', 'f2.factor')})`;
  return `
    select r.position, p.merchant_id, p.legal_country_iso, p.tzid, r.position % ${buckets} as h,
      r.${lambda} as intensity, ${projects ? `case when p.fractional then ${projected} else ${own} end` : own} as expected
    from (${placedRows(parts, lambda)}) r
    join (select * from expected_pair where bucket = ${bucket} and weekly > 0) p
      on p.place = r.position // ${buckets}
    join mapping m on m.mapping_key = p.zone_id * ${buckets} + r.position % ${buckets}
    join shape s on s.shape_key = p.class_zone * ${weekBuckets} + m.k
    left join factor f on f.factor_key = p.scope * ${buckets} + r.position % ${buckets}
    ${
      projects
        ? `left join mapping m2 on m2.mapping_key = ${onlyFractional(`p.zone_id * ${buckets} + ${next}`)}
    left join shape s2 on s2.shape_key = p.class_zone * ${weekBuckets} + m2.k
    left join factor f2 on f2.factor_key = ${onlyFractional(`p.scope * ${buckets} + ${next}`)}`
        : ''
    }`;
}

/** Places whose λ differs from the recomputed one, and totals in units of 1e-12 arrivals, which add up without rounding. */
export function recomputationSql(
  surface: 'local' | 'utc',
  bucket: number,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
): string {
  return `
    select count(*) as rows, count(*) filter (where intensity is distinct from expected) as different, sum((intensity * 1e12)::HUGEINT)::VARCHAR as total
    from (${recomputedRows(surface, bucket, parts, laws)})
    where intensity is null or abs(intensity) < 1e15`;
}

/** The first rows that a predicate over `judgedRows` or `recomputedRows` holds for, with their keys. */
export function examplesOf(engine: Engine, source: string, predicate: string, columns: string) {
  return engine.objects(
    `select position, ${columns} from (${source}) where ${predicate} order by position limit 3`,
  );
}
