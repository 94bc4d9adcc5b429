import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { OutputFiles } from './inputs.ts';

/** Values agree within this: exponentials and powers differ in the last bits from one library to the next. */
const relativeTolerance = 1e-12;

const pair = ['merchant_id', 'legal_country_iso', 'tzid', 'channel_group'];
const classZone = ['demand_class', 'channel_group', 'legal_country_iso', 'tzid'];
const profileWords = ['demand_class', 'demand_subclass', 'profile_id'];
const profileFlags = ['high_variability_flag', 'low_volume_flag', 'virtual_preferred_flag'];

type Compared = {
  readonly output: keyof OutputFiles;
  readonly dataset: string;
  readonly group: readonly string[];
  /** Completes the key: 0 … n − 1 in every group. */
  readonly index?: string;
  /** Column, and the value that most rows have: those that have another are joined. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Compared exactly. */
  readonly words?: readonly string[];
};

const hour = 'local_horizon_bucket_index';
const tables: readonly Compared[] = [
  {
    output: 'profile',
    dataset: 'merchant_zone_profile',
    group: pair,
    numbers: { weekly_volume_expected: 0, scale_factor: 0 },
    words: [...profileWords, ...profileFlags],
  },
  {
    output: 'shape',
    dataset: 'class_zone_shape',
    group: classZone,
    index: 'bucket_index',
    numbers: { shape_value: 0 },
  },
  {
    output: 'baseline',
    dataset: 'merchant_zone_baseline_local',
    group: pair,
    index: 'bucket_index',
    numbers: { lambda_local_base: 0 },
  },
  {
    output: 'classBaseline',
    dataset: 'class_zone_baseline_local',
    group: classZone,
    index: 'bucket_index',
    numbers: { lambda_local_base_class: 0 },
  },
  {
    output: 'local',
    dataset: 'merchant_zone_scenario_local',
    group: pair,
    index: hour,
    numbers: { lambda_local_scenario: 0, overlay_factor_total: 1 },
  },
  {
    output: 'factors',
    dataset: 'merchant_zone_overlay_factors',
    group: pair,
    index: hour,
    numbers: { overlay_factor_total: 1 },
  },
  {
    output: 'utc',
    dataset: 'merchant_zone_scenario_utc',
    group: pair,
    index: 'utc_horizon_bucket_index',
    numbers: { lambda_utc_scenario: 0 },
  },
];

export type SameOutputs = { readonly rows: number; readonly largestRelativeDifference: number };

/**
 * Holds every row of every table that an alternative made beside the row of the same key in a run. Throws when
 * a key is missing, stands twice or is one too many, or when a value differs beyond the tolerance.
 */
export async function requireSameOutputs(runFolder: string, files: OutputFiles): Promise<SameOutputs> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB' });
  const database = await instance.connect();
  let [rows, largestRelativeDifference] = [0, 0];
  try {
    for (const table of tables) {
      const ours = `read_parquet('${runFolder}/data/layer2/5A/${table.dataset}/**/*.parquet', hive_partitioning = false)`;
      const theirs = `read_parquet('${files[table.output]}')`;
      rows += await requireSameKeys(database, table, ours, theirs);
      for (const [column, usual] of Object.entries(table.numbers)) {
        const largest = await requireSameNumbers(database, table, column, usual, ours, theirs);
        largestRelativeDifference = Math.max(largestRelativeDifference, largest);
      }
    }
  } finally {
    database.closeSync();
    instance.closeSync();
  }
  return { rows, largestRelativeDifference };
}

/** The same groups with the same words, each with the same set of indices and no index twice. Gives the rows. */
async function requireSameKeys(
  database: DuckDBConnection,
  { dataset, group, index, words = [] }: Compared,
  ours: string,
  theirs: string,
): Promise<number> {
  const [largest] =
    index === undefined ? [0] : await numbersOf(database, `select max(${index})::double from ${ours}`);
  const found = index === undefined ? '0' : index;
  const grouped = (from: string) =>
    `(select ${[...group, ...words].join(', ')}, count(*) as rows, bitstring_agg(${found}, 0, ${largest}) as indices
      from ${from} group by all)`;
  const [rows = 0, differing] = await numbersOf(
    database,
    `select sum(o.rows)::double, count(*) filter (where o.rows is distinct from t.rows or o.indices is distinct from t.indices
       or o.rows <> bit_count(o.indices) ${words.map((word) => `or o.${word} is distinct from t.${word}`).join(' ')})
     from ${grouped(ours)} o full join ${grouped(theirs)} t using (${group.join(', ')})`,
  );
  if (rows === 0 || differing !== 0) {
    throw new Error(
      `${dataset}: ${differing} groups of ${rows} rows have other keys or words in the alternative`,
    );
  }
  return rows;
}

/** The same rows have another value than the usual one, and nearly the same value. Gives the largest difference. */
async function requireSameNumbers(
  database: DuckDBConnection,
  { dataset, group, index }: Compared,
  column: string,
  usual: number,
  ours: string,
  theirs: string,
): Promise<number> {
  const keys = [...group, ...(index === undefined ? [] : [index])].join(', ');
  const unusual = (from: string) =>
    `(select ${keys}, ${column} from ${from} where ${column} is distinct from ${usual})`;
  const [own, their, joined, differing, largest = Number.NaN] = await numbersOf(
    database,
    `select (select count(*) from ${unusual(ours)}), (select count(*) from ${unusual(theirs)}), count(*),
       count(*) filter (where not coalesce(distance <= ${relativeTolerance}, false)), coalesce(max(distance), 0)
     from (select abs(o.${column} - t.${column}) / greatest(abs(o.${column}), abs(t.${column})) as distance
       from ${unusual(ours)} o join ${unusual(theirs)} t using (${keys}))`,
  );
  if (own !== their || own !== joined || differing !== 0) {
    throw new Error(
      `${dataset}.${column}: ${own} rows are not ${usual}, ${their} of the alternative, ${joined} are the same rows; ${differing} of them differ`,
    );
  }
  return largest;
}

async function numbersOf(database: DuckDBConnection, sql: string): Promise<readonly number[]> {
  const [row = []] = (await database.runAndReadAll(sql)).getRows();
  return row.map(Number);
}
