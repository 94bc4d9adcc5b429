import type { DuckDBValue } from '@duckdb/node-api';
import { countIn, type Engine } from './engine.ts';
import type { Counts } from './surface-counts.ts';
import { countsSql, examplesOf, judgedRows } from './surface-faults.ts';
import {
  differentIntensity,
  indexColumn,
  placedRows,
  recomputedRows,
  type ScanLaws,
  type Surface,
  type SurfacePart,
} from './surface-scan.ts';

export const faultKinds = ['wrong_key', 'wrong_factor', 'wrong_bounds', 'wrong_lambda'] as const;
export const issueCodes: Readonly<Record<(typeof faultKinds)[number], string>> = {
  wrong_key: 'S4_KEY_MISMATCH',
  wrong_factor: 'S4_FACTOR_DIFFERS',
  wrong_bounds: 'S4_FACTOR_OUT_OF_BOUNDS',
  wrong_lambda: 'S4_LAMBDA_INVALID',
};

/** What is wrong in one bucket, by name; the first few rows of each kind. Slow, and only asked when something is. */
export async function nameFaults(
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
  for (const kind of faultKinds) {
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
