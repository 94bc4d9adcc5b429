import type { DuckDBValue } from '@duckdb/node-api';
import { type Engine, parquetFiles } from './engine.ts';
import type { SurfacePart } from './surface-scan.ts';
import type { WitnessRow } from './witness.ts';

/** What a sampled row says, and what it should say; a double as the engine has it. */
export type WitnessValues = {
  /** `null` where the row does not stand at its place. */
  readonly lambda: DuckDBValue;
  readonly factor: DuckDBValue;
  readonly expectedLambda: DuckDBValue;
  readonly expectedFactor: DuckDBValue;
};

/** Rows that one statement puts into a table. */
const rowsOfInsert = 10_000;

/**
 * λ and F of sampled rows, in their order: as they stand in the local surface, each looked for at the
 * place that is its own, and as the tables of the expectation make them. `buckets` is the number of buckets of
 * the horizon, `weekBuckets` of the week.
 */
export async function witnessValues(
  engine: Engine,
  sample: readonly WitnessRow[],
  surface: readonly (readonly SurfacePart[])[],
  { buckets, weekBuckets }: { readonly buckets: number; readonly weekBuckets: number },
): Promise<readonly WitnessValues[]> {
  await engine.run('create or replace table sampled (n INTEGER, ordinal INTEGER, h INTEGER)');
  for (let from = 0; from < sample.length; from += rowsOfInsert) {
    const rows = sample
      .slice(from, from + rowsOfInsert)
      .map(({ pair, h }, at) => `(${from + at}, ${pair}, ${h})`);
    await engine.run(`insert into sampled values ${rows.join(', ')}`);
  }
  await engine.run(`
    create or replace table witness as
      select s.n, s.h, p.*, p.place * ${buckets} + s.h as position,
        (p.weekly * w.shape_value) * coalesce(f.factor, 1::DOUBLE) as expected_lambda,
        coalesce(f.factor, 1::DOUBLE) as expected_factor
      from sampled s
      left join expected_pair p using (ordinal)
      left join mapping m on m.mapping_key = p.zone_id * ${buckets} + s.h
      left join shape w on w.shape_key = p.class_zone * ${weekBuckets} + m.k
      left join factor f on f.factor_key = p.scope * ${buckets} + s.h`);
  const found = surface.flatMap((parts, bucket) => parts.map((part) => foundSql(part, bucket)));
  const rows = await engine.rows(`
    select f.found_lambda, f.found_factor, w.expected_lambda, w.expected_factor
    from witness w left join (${found.length === 0 ? nothingFound : found.join(' union all ')}) f using (n)
    order by w.n`);
  return rows.map(([lambda = null, factor = null, expectedLambda = null, expectedFactor = null]) => ({
    lambda,
    factor,
    expectedLambda,
    expectedFactor,
  }));
}

const nothingFound = 'select -1 as n, null::DOUBLE as found_lambda, null::DOUBLE as found_factor';

/** The places are few: the file is asked for them, and told to decode no other. */
function foundSql({ path, rowsBefore }: SurfacePart, bucket: number): string {
  return `
    select w.n, r.lambda_local_scenario as found_lambda, r.overlay_factor_total as found_factor
    from (select * from witness where bucket = ${bucket}) w
    join ${parquetFiles([path])} r on r.file_row_number = w.position - ${rowsBefore}
    where r.merchant_id = w.merchant_id and r.legal_country_iso = w.legal_country_iso and r.tzid = w.tzid
      and r.channel_group = w.channel_group and r.local_horizon_bucket_index = w.h`;
}
