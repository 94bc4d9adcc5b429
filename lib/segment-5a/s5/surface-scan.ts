import { parquetFiles, sqlDouble } from './engine.ts';

/** The three surfaces that S4 writes. */
export const surfaces = ['local', 'factors', 'utc'] as const;
export type Surface = (typeof surfaces)[number];

export const indexColumn: Readonly<Record<Surface, string>> = {
  local: 'local_horizon_bucket_index',
  factors: 'local_horizon_bucket_index',
  utc: 'utc_horizon_bucket_index',
};
/** Those that have intensities. */
export type IntensitySurface = Exclude<Surface, 'factors'>;
export const intensityColumn: Readonly<Record<IntensitySurface, string>> = {
  local: 'lambda_local_scenario',
  utc: 'lambda_utc_scenario',
};

/**
 * One file with the number of rows that are expected before it: in its bucket, or in the whole surface
 * when many buckets are asked about at once.
 */
export type SurfacePart = { readonly path: string; readonly rowsBefore: number };

export type ScanLaws = {
  readonly buckets: number;
  readonly weekBuckets: number;
  /** Whether any zone of the scenario is off the whole bucket, and its UTC values a projection. */
  readonly fractionalZones: boolean;
  readonly factorBounds: { readonly minimum: number; readonly maximum: number };
  readonly rails: { readonly below: number; readonly above: number; readonly epsilon: number };
};

/** Rows of some files with their place in the order of the expected rows, as a subquery. */
export function placedRows(parts: readonly SurfacePart[], columns: string): string {
  return parts
    .map(
      ({ path, rowsBefore }, part) =>
        `select ${columns}, ${part} as part, file_row_number + ${rowsBefore} as position from ${parquetFiles([path])}`,
    )
    .join(' union all ');
}

export const keyColumns = ['merchant_id', 'legal_country_iso', 'tzid', 'channel_group'] as const;

/**
 * How many rows some files of a surface have, and how many merchant-zones stand in it as they must: all their
 * rows in one file, one row for each bucket of the horizon, in order, in the block of places that is
 * theirs. A key is the same for all rows of a merchant-zone, so rows are gathered by key and judged once
 * for each: distinct places from the first to the last of a block, as many as the block has, and each
 * with the index of its place, leave no room for another row. When every merchant-zone is good and there
 * is no row more, no key is missing, added, doubled or moved.
 */
export function keysSql(surface: Surface, parts: readonly SurfacePart[], { buckets }: ScanLaws): string {
  const index = indexColumn[surface];
  const keys = keyColumns.join(', ');
  return `
    with found as (
      select part, ${keys}, count(*) as rows, min(position) as first, max(position) as last,
        count(*) filter (where ${index} = position % ${buckets}) as in_order
      from (${placedRows(parts, `${keys}, ${index}`)}) group by all
    ), judged as (
      select f.rows, coalesce(f.rows = ${buckets} and f.in_order = ${buckets} and f.first = p.ordinal * ${buckets}
        and f.last = f.first + ${buckets - 1}, false) as good
      from found f left join expected_pair p on ${keyColumns.map((name) => `f.${name} = p.${name}`).join(' and ')}
    )
    select coalesce(sum(rows), 0)::BIGINT as rows, count(*) filter (where good) as good from judged`;
}

/**
 * How the factors of some files compare with those of the calendar. Nine rows in ten have a factor
 * of 1 and meet no event, so only the others are looked up: `matched` of them have the expected factor,
 * `differing` another one where one is expected, `unexpected` one where none is. What is expected and
 * neither matched nor differing stands as 1 in the file: `wrongFactors` counts it, so that every row is
 * judged.
 */
export function factorsSql(parts: readonly SurfacePart[], laws: ScanLaws): string {
  const { buckets, factorBounds: bounds, rails } = laws;
  const [below, above] = [rails.below - rails.epsilon, rails.above + rails.epsilon];
  // Where 1 itself lay beyond a rail or a bound, every row would have to be counted.
  const neutral =
    Math.max(below, bounds.minimum) <= 1 && Math.min(above, bounds.maximum) >= 1
      ? 'overlay_factor_total is distinct from 1::DOUBLE'
      : 'true';
  return `
    with looked_up as (
      select r.overlay_factor_total as value, f.factor as expected, coalesce(f.low_exempt, false) as low_exempt
      from (select * from (${placedRows(parts, 'overlay_factor_total')}) where ${neutral}) r
      left join expected_pair p on p.ordinal = r.position // ${buckets}
      left join (select * from factor where factor <> 1) f on f.factor_key = p.scope * ${buckets} + r.position % ${buckets}
    )
    select count(*) filter (where value is not distinct from expected) as matched,
      count(*) filter (where expected is not null and value is distinct from expected) as differing,
      count(*) filter (where expected is null and value is distinct from 1::DOUBLE) as unexpected,
      count(*) filter (where value is null or not isfinite(value) or not (value between ${sqlDouble(bounds.minimum)} and ${sqlDouble(bounds.maximum)})) as wrong_bounds,
      count(*) filter (where value > ${sqlDouble(above)}) as above_rail,
      count(*) filter (where value < ${sqlDouble(below)} and not low_exempt) as below_rail
    from looked_up`;
}

/** How many rows of the whole surface the calendar wants a factor other than 1 for. */
export const expectedFactorsSql = `
  select coalesce(sum(n.factors), 0)::BIGINT as expected
  from expected_pair p join factors_of_scope n using (scope)`;

/** How many rows have another factor than the calendar's, from the counts of `factorsSql`. Pure. */
export function wrongFactors(counts: {
  readonly expected: number;
  readonly matched: number;
  readonly differing: number;
  readonly unexpected: number;
}): number {
  const neutralInstead = Math.max(0, counts.expected - counts.matched - counts.differing);
  return counts.differing + counts.unexpected + neutralInstead;
}

/**
 * Rows beside what λ is by weekly volume, shape and calendar: (weekly · shape) · F, and for UTC the
 * projection of it. Compared exactly: the same IEEE operations in the same order give the same bits in
 * every engine. Seven rows in eight are 0 because nothing is sold there: `rows` picks those that are not
 * 0, or of the merchant-zones that sell those that are.
 */
export function recomputedRows(
  surface: IntensitySurface,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
  rows: 'not zero' | 'zero',
  place: 'ordinal' | 'place' = 'ordinal',
  bucket?: number,
): string {
  const { buckets, weekBuckets } = laws;
  const lambda = intensityColumn[surface];
  const value = (shape: string, factor: string) => `(p.weekly * ${shape}) * coalesce(${factor}, 1::DOUBLE)`;
  const own = value('s.shape_value', 'f.factor');
  const next = `(r.position + 1) % ${buckets}`;
  const projects = surface === 'utc' && laws.fractionalZones;
  // Without a key the tables of the next bucket are not searched: most zones lie on the whole hour.
  const onlyFractional = (key: string) => `case when p.fractional then ${key} end`;
  const projected = `(1::DOUBLE - m.earlier) * (${own}) + m2.earlier * (${value('s2.shape_value', 'f2.factor')})`;
  const pairs = `(select * from expected_pair${bucket === undefined ? '' : ` where bucket = ${bucket}`})`;
  return `
    select r.position, p.weekly, p.merchant_id, p.legal_country_iso, p.tzid, r.position % ${buckets} as h,
      r.${lambda} as intensity, ${projects ? `case when p.fractional then ${projected} else ${own} end` : own} as expected
    from (select * from (${placedRows(parts, lambda)}) where ${lambda} is ${rows === 'zero' ? 'not ' : ''}distinct from 0::DOUBLE) r
    ${rows === 'zero' ? 'join' : 'left join'} ${pairs} p on p.${place} = r.position // ${buckets}${rows === 'zero' ? ' and p.weekly > 0' : ''}
    left join mapping m on m.mapping_key = p.zone_id * ${buckets} + r.position % ${buckets}
    left join shape s on s.shape_key = p.class_zone * ${weekBuckets} + m.k
    left join factor f on f.factor_key = p.scope * ${buckets} + r.position % ${buckets}
    ${
      projects
        ? `left join mapping m2 on m2.mapping_key = ${onlyFractional(`p.zone_id * ${buckets} + ${next}`)}
    left join shape s2 on s2.shape_key = p.class_zone * ${weekBuckets} + m2.k
    left join factor f2 on f2.factor_key = ${onlyFractional(`p.scope * ${buckets} + ${next}`)}`
        : ''
    }`;
}

/** No number of arrivals, or one where nothing is sold; over rows of `recomputedRows` that are not 0. */
export const wrongIntensity =
  '(intensity is null or not isfinite(intensity) or intensity < 0 or coalesce(weekly = 0, false))';
/** Another number of arrivals than the recomputed one. */
export const differentIntensity = '(weekly > 0 and intensity is distinct from expected)';

/**
 * Counts over the rows that are not 0, `sold` of them of merchant-zones that sell.
 * Totals are in units of 1e-12 arrivals, which add up without rounding.
 */
export function recomputationSql(
  surface: IntensitySurface,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
): string {
  return `
    select count(*) filter (where ${wrongIntensity}) as wrong_lambda,
      count(*) filter (where ${differentIntensity}) as different,
      count(*) filter (where weekly > 0) as sold,
      max(intensity) filter (where isfinite(intensity)) as max_lambda,
      sum(case when weekly > 0 and abs(intensity) < 1e15 then (intensity * 1e12)::HUGEINT end)::VARCHAR as total
    from (${recomputedRows(surface, parts, laws, 'not zero')})`;
}

/** How many rows that are 0 should not be. */
export function zerosSql(surface: IntensitySurface, parts: readonly SurfacePart[], laws: ScanLaws): string {
  return `select count(*) filter (where ${differentIntensity}) as different
    from (${recomputedRows(surface, parts, laws, 'zero')})`;
}
