import { type Engine, sqlDouble } from './engine.ts';
import {
  indexColumn,
  intensityColumn,
  keyColumns,
  placedRows,
  type ScanLaws,
  type Surface,
  type SurfacePart,
} from './surface-scan.ts';

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
  const lambda = surface === 'factors' ? undefined : intensityColumn[surface];
  const hasFactor = surface !== 'utc';
  const joined = hasFactor && factors === 'with factors';
  const columns = [
    ...keyColumns,
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

/** The first rows that a predicate over `judgedRows` or `recomputedRows` holds for, with their keys. */
export function examplesOf(engine: Engine, source: string, predicate: string, columns: string) {
  return engine.objects(
    `select position, ${columns} from (${source}) where ${predicate} order by position limit 3`,
  );
}
