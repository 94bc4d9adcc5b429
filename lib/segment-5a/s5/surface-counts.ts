import type { CheckFinding } from './check.ts';
import { countIn, type Engine } from './engine.ts';
import { nameFaults } from './name-faults.ts';
import { sameColumns } from './same-columns.ts';
import {
  expectedFactorsSql,
  factorsSql,
  type IntensitySurface,
  indexColumn,
  keyColumns,
  keysSql,
  recomputationSql,
  type ScanLaws,
  type Surface,
  type SurfacePart,
  wrongFactors,
  zerosSql,
} from './surface-scan.ts';

/** How often `progress` is called for each surface. */
export const scansOfSurface = 3;

/** What was counted in one surface, and the first rows of each fault by the code of its issue. */
export type Counts = {
  rows: number;
  expected: number;
  wrong_key: number;
  wrong_factor: number;
  wrong_bounds: number;
  wrong_lambda: number;
  above_rail: number;
  below_rail: number;
  max_lambda: number;
  different: number;
  readonly findings: Map<string, CheckFinding[]>;
  total: bigint;
  /** Merchant-zones that stand in the surface as they must. */
  good: number;
};

/** A surface whose every row was judged, for those that have columns in common with it. */
export type JudgedSurface = {
  readonly surface: Surface;
  readonly buckets: readonly (readonly SurfacePart[])[];
  readonly counts: Counts;
};

/**
 * Reads one surface of a scenario against the expectation: keys, factors, intensities; and, only when something
 * is wrong, names the rows. `before` is a surface that was judged already, whose columns may be the same.
 */
export async function countSurface(
  engine: Engine,
  surface: Surface,
  buckets: readonly (readonly SurfacePart[])[],
  laws: ScanLaws,
  before: JudgedSurface | undefined,
  progress: () => void,
): Promise<Counts> {
  const sum: Counts = {
    rows: 0,
    expected: 0,
    wrong_key: 0,
    wrong_factor: 0,
    wrong_bounds: 0,
    wrong_lambda: 0,
    above_rail: 0,
    below_rail: 0,
    max_lambda: 0,
    different: 0,
    findings: new Map(),
    total: 0n,
    good: 0,
  };
  const pairs = await pairsOfBuckets(engine, buckets.length);
  const parts = inOneOrder(buckets, pairs, laws.buckets);
  const merchantZones = pairs.reduce((total, count) => total + count, 0);
  const inherited = before === undefined ? [] : await inheritedFrom(engine, before, surface, buckets);
  if (before !== undefined && inherited.includes('keys')) {
    sum.rows = before.counts.rows;
    sum.good = before.counts.good;
  } else {
    for (const some of aFewAtATime(parts)) {
      const keys = await engine.one(keysSql(surface, some, laws));
      sum.rows += countIn(keys, 'rows');
      sum.good += countIn(keys, 'good');
    }
  }
  sum.expected = merchantZones * laws.buckets;
  const keysAreGood = sum.rows === sum.expected && sum.good === merchantZones;
  progress();
  if (before !== undefined && inherited.includes('factors')) {
    const { wrong_factor, wrong_bounds, above_rail, below_rail } = before.counts;
    Object.assign(sum, { wrong_factor, wrong_bounds, above_rail, below_rail });
  } else if (surface !== 'utc') {
    await compareFactors(engine, sum, parts, laws);
  }
  progress();
  if (surface !== 'factors') await recompute(engine, sum, surface, parts, laws);
  progress();
  const allGood =
    keysAreGood &&
    sum.wrong_factor === 0 &&
    sum.wrong_bounds === 0 &&
    sum.wrong_lambda === 0 &&
    sum.different === 0;
  if (!allGood) {
    for (const [bucket, own] of buckets.entries()) {
      const expected = (pairs[bucket] ?? 0) * laws.buckets;
      await nameFaults(engine, sum, surface, bucket, own, laws, expected);
    }
  }
  return sum;
}

/**
 * What was found about the keys and about the factors of a surface holds for another one as well when its
 * columns have the same values in the same places: what is judged once is not judged again.
 */
async function inheritedFrom(
  engine: Engine,
  before: JudgedSurface,
  surface: Surface,
  buckets: readonly (readonly SurfacePart[])[],
): Promise<readonly ('keys' | 'factors')[]> {
  const places = (of: readonly (readonly SurfacePart[])[]) =>
    JSON.stringify(of.map((parts) => parts.map(({ rowsBefore }) => rowsBefore)));
  if (places(before.buckets) !== places(buckets)) return [];
  const others = buckets.flat();
  const files = before.buckets
    .flat()
    .map(({ path }, index) => ({ one: path, other: others[index]?.path ?? '' }));
  const index = indexColumn[before.surface];
  const keys = [
    ...keyColumns.map((name) => ({ one: name, other: name })),
    { one: index, other: indexColumn[surface] },
  ];
  const factor = 'overlay_factor_total';
  const same = await sameColumns(engine, files, [
    ...keys,
    ...(surface === 'utc' ? [] : [{ one: factor, other: factor }]),
  ]);
  // Factors are judged by their places, which the keys give their meaning.
  if (!keys.every(({ one }) => same.has(one))) return [];
  return same.has(factor) ? ['keys', 'factors'] : ['keys'];
}

/** Number of merchant-zones in each bucket. */
async function pairsOfBuckets(engine: Engine, buckets: number): Promise<readonly number[]> {
  const rows = await engine.objects('select bucket, count(*) as pairs from pair group by bucket');
  const counts = new Array<number>(buckets).fill(0);
  for (const row of rows) counts[countIn(row, 'bucket')] = countIn(row, 'pairs');
  return counts;
}

/** The files of all buckets with the number of rows expected before each in the whole surface. */
function inOneOrder(
  buckets: readonly (readonly SurfacePart[])[],
  pairs: readonly number[],
  horizon: number,
): readonly SurfacePart[] {
  let before = 0;
  return buckets.flatMap((parts, bucket) => {
    const base = before;
    before += (pairs[bucket] ?? 0) * horizon;
    return parts.map(({ path, rowsBefore }) => ({ path, rowsBefore: base + rowsBefore }));
  });
}

async function compareFactors(
  engine: Engine,
  sum: Counts,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
): Promise<void> {
  const expected = countIn(await engine.one(expectedFactorsSql), 'expected');
  const compared = { expected, matched: 0, differing: 0, unexpected: 0 };
  for (const some of aFewAtATime(parts)) {
    const factors = await engine.one(factorsSql(some, laws));
    for (const name of ['matched', 'differing', 'unexpected'] as const)
      compared[name] += countIn(factors, name);
    for (const name of ['wrong_bounds', 'above_rail', 'below_rail'] as const)
      sum[name] += countIn(factors, name);
  }
  sum.wrong_factor = wrongFactors(compared);
}

async function recompute(
  engine: Engine,
  sum: Counts,
  surface: IntensitySurface,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
): Promise<void> {
  const sells = await engine.one('select count(*) as pairs from expected_pair where weekly > 0');
  let zeros = countIn(sells, 'pairs') * laws.buckets;
  for (const some of aFewAtATime(parts)) {
    const row = await engine.one(recomputationSql(surface, some, laws));
    sum.wrong_lambda += countIn(row, 'wrong_lambda');
    sum.different += countIn(row, 'different');
    sum.max_lambda = Math.max(sum.max_lambda, countIn(row, 'max_lambda'));
    sum.total += BigInt(typeof row.total === 'string' ? row.total : '0');
    zeros -= countIn(row, 'sold');
  }
  if (zeros === 0) return;
  for (const some of aFewAtATime(parts))
    sum.different += countIn(await engine.one(zerosSql(surface, some, laws)), 'different');
}

/** Every file of a query has a reader with buffers of its own, so that a query is given a few of them. */
const partsOfQuery = 24;

function aFewAtATime(parts: readonly SurfacePart[]): readonly (readonly SurfacePart[])[] {
  return Array.from({ length: Math.ceil(parts.length / partsOfQuery) }, (_, index) =>
    parts.slice(index * partsOfQuery, (index + 1) * partsOfQuery),
  );
}
