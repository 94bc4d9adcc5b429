import type { DuckDBValue } from '@duckdb/node-api';
import type { JsonObject } from '../../vocabulary/json.ts';
import type { ScenarioId } from '../identity.ts';
import type { ValidationPolicy } from '../policies/validation.ts';
import { type CheckFinding, type CheckList, type CheckVerdict, failed, passed } from './check.ts';
import { countIn, type Engine } from './engine.ts';
import { sameColumns } from './same-columns.ts';
import { countsSql, examplesOf, judgedRows } from './surface-faults.ts';
import {
  differentIntensity,
  expectedFactorsSql,
  factorsSql,
  type IntensitySurface,
  indexColumn,
  keyColumns,
  keysSql,
  placedRows,
  recomputationSql,
  recomputedRows,
  type ScanLaws,
  type Surface,
  type SurfacePart,
  wrongFactors,
  zerosSql,
} from './surface-scan.ts';

/** How often `progress` is called for each surface. */
export const scansOfSurface = 3;

/** Parts of each surface by merchant bucket. */
export type SurfaceFiles = ReadonlyMap<Surface, readonly (readonly SurfacePart[])[]>;

type Counts = {
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

const kinds = ['wrong_key', 'wrong_factor', 'wrong_bounds', 'wrong_lambda'] as const;
const issueCodes: Readonly<Record<(typeof kinds)[number], string>> = {
  wrong_key: 'S4_KEY_MISMATCH',
  wrong_factor: 'S4_FACTOR_DIFFERS',
  wrong_bounds: 'S4_FACTOR_OUT_OF_BOUNDS',
  wrong_lambda: 'S4_LAMBDA_INVALID',
};

/**
 * Every row of every surface of one scenario against the expectation. The surfaces are read two or
 * three times, column by column; the checks share what was counted, and those that could not be counted
 * are ERROR.
 */
export async function checkSurfaces(
  engine: Engine,
  checks: CheckList,
  files: SurfaceFiles,
  laws: ScanLaws,
  policy: ValidationPolicy,
  scenarioId: ScenarioId,
  progress: () => void,
): Promise<void> {
  const counted = new Map<Surface, Promise<Counts>>();
  // All three surfaces have the same keys and two have the same factors; the first is judged value by value.
  const judgedBefore = async (): Promise<JudgedSurface | undefined> => {
    const counts = await counted.get('local')?.catch(() => undefined);
    const buckets = files.get('local');
    return counts === undefined || buckets === undefined ? undefined : { surface: 'local', buckets, counts };
  };
  for (const [surface, buckets] of files) {
    const counts = countSurface(engine, surface, buckets, laws, await judgedBefore(), progress);
    counted.set(surface, counts);
    // Told to every check that asks; here it only must not end the process.
    await counts.catch(() => undefined);
  }
  const all = () =>
    Promise.all(Array.from(counted, async ([surface, counts]) => [surface, await counts] as const));
  const about = (kind: (typeof kinds)[number]) => async (): Promise<CheckVerdict> =>
    verdict(await all(), (counts) => counts[kind], issueCodes[kind]);
  const run = (id: string, check: () => Promise<CheckVerdict>) => checks.run(id, 'S4', check, scenarioId);

  await run('S4_DOMAIN_PARITY', about('wrong_key'));
  await run('S4_HORIZON_COVERAGE', async () =>
    verdict(await all(), ({ rows, expected }) => Math.abs(rows - expected), 'S4_ROW_COUNT'),
  );
  await run('S4_LAMBDA_NONNEG_FINITE', about('wrong_lambda'));
  await run('S4_OVERLAY_FACTOR_HARD_BOUNDS', about('wrong_bounds'));
  await run('S4_OVERLAY_FACTORS', about('wrong_factor'));
  await run('S4_RECOMPOSITION', async () =>
    verdict(await all(), ({ different }) => different, 'S4_LAMBDA_DIFFERS'),
  );
  await run('S4_LOCAL_VS_UTC_TOTAL', async () =>
    totals(await all(), policy.tolerances.local_utc_total.relative),
  );
  await run('S4_OVERLAY_FACTOR_WARN_BOUNDS', async () => {
    const local = await counted.get('local');
    const metrics = { below: local?.below_rail ?? 0, above: local?.above_rail ?? 0 };
    if (metrics.below + metrics.above === 0) return passed(metrics);
    const message = `${metrics.below} factors below and ${metrics.above} above the rails`;
    return {
      status: 'WARN',
      metrics,
      findings: [{ issueCode: 'S4_FACTOR_BEYOND_RAIL', context: metrics, message }],
    };
  });
  await run('S4_LAMBDA_SCENARIO_GUARDRAIL', async () => {
    const largest = Math.max(...(await all()).map(([, counts]) => counts.max_lambda));
    const { warn, fail } = policy.lambda_guardrail;
    const metrics = { max_lambda: largest };
    if (largest <= warn) return passed(metrics);
    const found = { issueCode: 'S4_LAMBDA_HIGH', context: metrics, message: `an intensity of ${largest}` };
    return largest > fail ? failed(metrics, found) : { status: 'WARN', metrics, findings: [found] };
  });
}

function verdict(
  all: readonly (readonly [Surface, Counts])[],
  pick: (counts: Counts) => number,
  issueCode: string,
): CheckVerdict {
  const metrics: Record<string, JsonObject> = {};
  const findings: CheckFinding[] = [];
  for (const [surface, counts] of all) {
    const found = pick(counts);
    metrics[surface] = { rows: counts.rows, expected: counts.expected, violations: found };
    if (found === 0) continue;
    // A wrong key is told together with the key that is missing for it.
    const codes = issueCode === 'S4_KEY_MISMATCH' ? [issueCode, 'S4_ROW_COUNT'] : [issueCode];
    const named = codes.flatMap((code) => counts.findings.get(code) ?? []);
    const message = `${surface}: ${found} rows`;
    findings.push(
      ...(named.length > 0 ? named : [{ issueCode, context: { surface, rows: found }, message }]),
    );
  }
  return findings.length === 0 ? passed(metrics) : failed(metrics, ...findings);
}

function totals(all: readonly (readonly [Surface, Counts])[], relative: number): CheckVerdict {
  const totalOf = (surface: Surface) => all.find(([name]) => name === surface)?.[1].total;
  const [local, utc] = [totalOf('local'), totalOf('utc')];
  if (local === undefined || utc === undefined) return passed({ compared: false });
  const error = local === utc ? 0 : Math.abs(Number(local - utc)) / Math.max(Number(local), 1e12);
  const metrics = { local: Number(local) / 1e12, utc: Number(utc) / 1e12, relative_error: error };
  if (error <= relative) return passed(metrics);
  const message = `local and UTC totals differ by ${error} of the total`;
  return failed(metrics, { issueCode: 'S4_TOTALS_DIFFER', context: metrics, message });
}

/** A surface whose every row was judged, for those that have columns in common with it. */
type JudgedSurface = {
  readonly surface: Surface;
  readonly buckets: readonly (readonly SurfacePart[])[];
  readonly counts: Counts;
};

async function countSurface(
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

/** What is wrong in one bucket, by name; the first few rows of each kind. Slow, and only asked when something is. */
async function nameFaults(
  engine: Engine,
  sum: Counts,
  surface: Surface,
  bucket: number,
  parts: readonly SurfacePart[],
  laws: ScanLaws,
  expected: number,
): Promise<void> {
  if (parts.length === 0) return;
  const row = await engine.one(countsSql(surface, bucket, parts, laws));
  sum.wrong_key += countIn(row, 'wrong_key');
  const source = judgedRows(surface, bucket, parts, laws);
  const columns = `merchant_id, legal_country_iso, tzid, ${indexColumn[surface]} as h, intensity, factor, expected_factor`;
  for (const kind of kinds) {
    if (kind !== 'wrong_factor' && countIn(row, kind) === 0) continue;
    if (kind === 'wrong_factor' && sum.wrong_factor === 0) continue;
    const rows = await examplesOf(engine, source, kind, columns);
    note(sum, issueCodes[kind], surface, bucket, rows, kind.replace('_', ' '));
  }
  if (surface !== 'factors' && sum.different > 0) {
    const named = 'merchant_id, legal_country_iso, tzid, h, intensity, expected';
    for (const which of ['not zero', 'zero'] as const) {
      const rows = recomputedRows(surface, parts, laws, which, 'place', bucket);
      const found = await examplesOf(engine, rows, differentIntensity, named);
      note(sum, 'S4_LAMBDA_DIFFERS', surface, bucket, found, 'the intensity is not (weekly · shape) · F');
    }
  }
  if (countIn(row, 'wrong_key') === 0 && countIn(row, 'rows') === expected) return;
  const keys = `merchant_id, legal_country_iso, tzid, h`;
  const found = `select ${`merchant_id, legal_country_iso, tzid, ${indexColumn[surface]}::BIGINT as h`}
    from (${placedRows(parts, `merchant_id, legal_country_iso, tzid, ${indexColumn[surface]}`)})`;
  const wanted = `select merchant_id, legal_country_iso, tzid, h from pair, range(${laws.buckets}) as horizon(h) where bucket = ${bucket}`;
  const list = (sql: string) => engine.objects(`${sql} order by all limit 3`);
  const missing = await list(`select ${keys} from (${wanted}) anti join (${found}) using (${keys})`);
  const extra = await list(`select ${keys} from (${found}) anti join (${wanted}) using (${keys})`);
  const twice = await list(`select ${keys} from (${found}) group by all having count(*) > 1`);
  note(sum, 'S4_ROW_COUNT', surface, bucket, missing, 'the row is missing');
  note(sum, 'S4_ROW_COUNT', surface, bucket, extra, 'the row belongs to no merchant-zone and hour');
  note(sum, 'S4_ROW_COUNT', surface, bucket, twice, 'the row stands twice');
}

function note(
  sum: Counts,
  issueCode: string,
  surface: Surface,
  bucket: number,
  rows: readonly Readonly<Record<string, DuckDBValue>>[],
  what: string,
): void {
  const list = sum.findings.get(issueCode) ?? [];
  sum.findings.set(issueCode, list);
  for (const row of rows) {
    const context: Record<string, string | number> = { surface, mbucket: bucket };
    for (const [name, value] of Object.entries(row)) context[name] = printed(value);
    const key = `${context.merchant_id}|${context.legal_country_iso}|${context.tzid}|${context.h}`;
    if (list.length < 12) list.push({ issueCode, context, message: `${surface} ${key}: ${what}` });
  }
}

/** Ids and positions as decimal text, for JSON has no 64-bit numbers; doubles as they are read back. */
function printed(value: DuckDBValue | undefined): string {
  return value === null || value === undefined ? 'null' : String(value);
}
