import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { canonicalBytes, parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { verifyBundleFolder } from '../../lib/evidence/verify-bundle.ts';
import { type Dataset, datasetPath } from '../../lib/segment-5a/dataset.ts';
import {
  classShapeCatalogue,
  classZoneBaseline,
  classZoneShape,
  merchantClassProfile,
  merchantZoneBaseline,
  merchantZoneOverlayFactors,
  merchantZoneProfile,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
  shapeGridDefinition,
  validationIssueTable,
} from '../../lib/segment-5a/datasets.ts';
import {
  type OutputFile,
  receiptDocument,
  receiptPath,
  receiptSchema,
} from '../../lib/segment-5a/frame/receipt.ts';
import { f64Values, i32Values } from '../../lib/segment-5a/frame/table-access.ts';
import { loadPolicies } from '../../lib/segment-5a/policies/load-policies.ts';
import type { Column, Table } from '../../lib/tables/columns.ts';
import { frameOf } from '../../lib/tables/frames.ts';
import { readTableUnchecked } from '../../lib/tables/read-table.ts';
import { sinkFrame } from '../../lib/tables/write-table.ts';
import { isPlatformError } from '../../lib/vocabulary/failure.ts';
import { sealWorld } from '../lib/segment-5a/make-world.ts';
import { eventfulWorld, runStates } from '../lib/segment-5a/s5/run.ts';
import { policyFolder } from '../lib/segment-5a/shipped-policies.ts';
import { copiesOfRun } from '../support/copies-of-run.ts';

const root = await mkdtemp(join(tmpdir(), 'validation-'));
const world = await sealWorld(eventfulWorld());
after(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(world, { recursive: true, force: true });
});
const pristine = join(root, 'pristine');
const { runId, manifestFingerprint } = await runStates(world, pristine, ['S0', 'S1', 'S2', 'S3', 'S4']);

const copyOf = copiesOfRun(root);
const copyOfRun = () => copyOf(pristine);

/** States that publish what is changed; the surfaces are S4's. */
const stateOf: ReadonlyMap<Dataset, 'S1' | 'S2' | 'S3'> = new Map([
  [merchantZoneProfile, 'S1'],
  [merchantClassProfile, 'S1'],
  [shapeGridDefinition, 'S2'],
  [classZoneShape, 'S2'],
  [classShapeCatalogue, 'S2'],
  [merchantZoneBaseline, 'S3'],
  [classZoneBaseline, 'S3'],
]);

type Rows = { readonly table: Table; readonly row: number };

/** Changes one committed file and commits it again, as whoever wanted to deceive would. */
async function tamper(runs: string, dataset: Dataset, change: (found: Rows) => Table): Promise<string> {
  const state = stateOf.get(dataset) ?? 'S4';
  const scenario = state === 'S4' ? { scenario_id: 'baseline_v1', mbucket: '' } : {};
  const folder = join(runs, runId);
  for (let bucket = 0; bucket < 8; bucket += 1) {
    const label = `0${bucket}`;
    const scope = { ...scenario, ...('mbucket' in scenario ? { mbucket: label } : {}) };
    const path = join(
      folder,
      receiptPath({ state, manifest_fingerprint: manifestFingerprint, ...scope } as Parameters<
        typeof receiptPath
      >[0]),
    );
    const receipt = receiptSchema.parse(parseCanonicalJson(await readFile(path), path));
    const file = receipt.files.find(
      (one) =>
        one.dataset === dataset.table.name &&
        (!one.path.includes('mbucket=') || one.path.includes(`mbucket=${label}`)),
    );
    if (file === undefined) continue;
    const table = await readTableUnchecked(join(folder, file.path), dataset.table);
    const row = loudRow(table);
    if (row === -1) continue;
    const changed = change({ table, row });
    const target = join(folder, file.path);
    await rm(target);
    await sinkFrame(target, dataset.table, frameOf(dataset.table.columns, changed));
    const sha256 = sha256Of(await readFile(target));
    const files = receipt.files.map(
      (one): OutputFile => (one.path === file.path ? { ...one, sha256, rows: changed.rows } : one),
    );
    await writeFile(path, canonicalBytes(receiptDocument({ ...receipt, files })));
    return keyOf(table, row);
  }
  throw new Error('no row to tamper with');
}

/** A row in the middle that has an intensity, so that neither edges nor silence decide. */
function loudRow(table: Table): number {
  const names = [...table.columns.keys()];
  const name =
    names.find((column) => /^lambda|^shape_value$|^weekly_volume_expected$/.test(column)) ??
    'overlay_factor_total';
  if (!table.columns.has(name)) return Math.floor(table.rows / 2);
  const column = table.columns.get(name);
  if (column?.type !== 'f64') return -1;
  return column.values.findIndex((value, row) => value > 0.001 && row >= table.rows / 3);
}

function keyOf(table: Table, row: number): string {
  const text = (name: string) => {
    const column = table.columns.get(name);
    if (column?.type === 'string') return column.dictionary[column.codes[row] ?? 0] ?? '';
    return column === undefined ? '' : String(column.values[row]);
  };
  return ['merchant_id', 'legal_country_iso', 'tzid'].map(text).join('|');
}

const withColumn = (table: Table, name: string, column: Column): Table => ({
  ...table,
  columns: new Map(table.columns).set(name, column),
});

function changedValue(name: string, change: (value: number) => number) {
  return ({ table, row }: Rows): Table => {
    const column = table.columns.get(name);
    if (column?.type === 'f64')
      return withColumn(table, name, {
        ...column,
        values: column.values.with(row, change(column.values[row] ?? 0)),
      });
    if (column?.type === 'i32')
      return withColumn(table, name, {
        ...column,
        values: column.values.with(row, change(column.values[row] ?? 0)),
      });
    if (column?.type === 'boolean')
      return withColumn(table, name, {
        ...column,
        values: column.values.with(row, change(column.values[row] ?? 0)),
      });
    if (column?.type === 'u64')
      return withColumn(table, name, {
        ...column,
        values: column.values.with(row, (column.values[row] ?? 0n) + BigInt(change(0))),
      });
    if (column?.type !== 'string') throw new Error(`no column ${name}`);
    const other = 'XX';
    const dictionary = [...column.dictionary, other];
    return withColumn(table, name, {
      ...column,
      dictionary,
      codes: column.codes.with(row, dictionary.length - 1),
    });
  };
}

/** The table with its rows picked anew. */
function picked({ table }: Rows, order: readonly number[]): Table {
  const columns = Array.from(table.columns, ([name, column]): [string, Column] => {
    switch (column.type) {
      case 'string':
        return [name, { ...column, codes: Uint32Array.from(order, (row) => column.codes[row] ?? 0) }];
      case 'u64':
        return [name, { ...column, values: BigUint64Array.from(order, (row) => column.values[row] ?? 0n) }];
      case 'f64':
        return [name, { ...column, values: Float64Array.from(order, (row) => column.values[row] ?? 0) }];
      case 'i32':
        return [name, { ...column, values: Int32Array.from(order, (row) => column.values[row] ?? 0) }];
      default:
        return [name, { ...column, values: Uint8Array.from(order, (row) => column.values[row] ?? 0) }];
    }
  });
  return { rows: order.length, columns: new Map(columns) };
}
const all = ({ table }: Rows) => Array.from({ length: table.rows }, (_, row) => row);
const removed = (found: Rows) => picked(found, all(found).toSpliced(found.row, 1));
const doubled = (found: Rows) => picked(found, all(found).toSpliced(found.row, 0, found.row));
const swapped = (found: Rows) =>
  picked(
    found,
    all(found)
      .with(found.row, found.row + 1)
      .with(found.row + 1, found.row),
  );
/** The column with nothing in the row. */
const without =
  (name: string) =>
  ({ table, row }: Rows): Table => {
    const column = table.columns.get(name);
    if (column === undefined) throw new Error(`no column ${name}`);
    const nulls = (column.nulls ?? new Uint8Array(table.rows)).with(row, 1);
    return withColumn(table, name, { ...column, nulls });
  };
/** Every value of a column, not of one row. */
const throughout =
  (name: string, change: (value: number) => number) =>
  ({ table }: Rows): Table => {
    const column = table.columns.get(name);
    if (column?.type === 'f64')
      return withColumn(table, name, { ...column, values: column.values.map(change) });
    if (column?.type === 'i32')
      return withColumn(table, name, { ...column, values: column.values.map(change) });
    if (column?.type !== 'boolean') throw new Error(`${name} is no column of numbers`);
    return withColumn(table, name, { ...column, values: column.values.map(change) });
  };
/** Another text that the schema allows. */
const named =
  (name: string, text: string) =>
  ({ table, row }: Rows): Table => {
    const column = table.columns.get(name);
    if (column?.type !== 'string') throw new Error(`${name} is no column of texts`);
    assert.notEqual(column.dictionary[column.codes[row] ?? 0], text);
    const dictionary = [...column.dictionary, text];
    const codes = column.codes.with(row, dictionary.length - 1);
    const { nulls } = column;
    return withColumn(table, name, {
      ...column,
      dictionary,
      codes,
      ...(nulls === undefined ? {} : { nulls: nulls.with(row, 0) }),
    });
  };
const flipped = (value: number) => 1 - value;
const nextDouble = (value: number) => value * (1 + 2 ** -52);

const surfaces: readonly [string, Dataset, string][] = [
  ['local', merchantZoneScenarioLocal, 'local_horizon_bucket_index'],
  ['factors', merchantZoneOverlayFactors, 'local_horizon_bucket_index'],
  ['utc', merchantZoneScenarioUtc, 'utc_horizon_bucket_index'],
];
type Mutation = {
  readonly what: string;
  readonly dataset: Dataset;
  readonly change: (found: Rows) => Table;
  /** The check that says no, with the code of what it found. */
  readonly check: string;
  readonly issue: string;
  readonly status?: 'WARN';
};
const mutations: readonly Mutation[] = [
  ...surfaces.flatMap(([name, dataset, index]): Mutation[] => [
    {
      what: `${name}: a row removed`,
      dataset,
      change: removed,
      check: 'S4_HORIZON_COVERAGE',
      issue: 'S4_ROW_COUNT',
    },
    {
      what: `${name}: a row added`,
      dataset,
      change: doubled,
      check: 'S4_HORIZON_COVERAGE',
      issue: 'S4_ROW_COUNT',
    },
    {
      what: `${name}: two rows swapped`,
      dataset,
      change: swapped,
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
    {
      what: `${name}: another hour`,
      dataset,
      change: changedValue(index, (value) => value + 1),
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
    {
      what: `${name}: another merchant`,
      dataset,
      change: changedValue('merchant_id', () => 1),
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
    {
      what: `${name}: another zone`,
      dataset,
      change: changedValue('tzid', () => 0),
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
  ]),
  {
    what: 'local: the last bit of an intensity',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('lambda_local_scenario', nextDouble),
    check: 'S4_RECOMPOSITION',
    issue: 'S4_LAMBDA_DIFFERS',
  },
  {
    what: 'utc: the last bit of an intensity',
    dataset: merchantZoneScenarioUtc,
    change: changedValue('lambda_utc_scenario', nextDouble),
    check: 'S4_RECOMPOSITION',
    issue: 'S4_LAMBDA_DIFFERS',
  },
  {
    what: 'local: NaN',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('lambda_local_scenario', () => Number.NaN),
    check: 'S4_LAMBDA_NONNEG_FINITE',
    issue: 'S4_LAMBDA_INVALID',
  },
  {
    what: 'utc: a negative intensity',
    dataset: merchantZoneScenarioUtc,
    change: changedValue('lambda_utc_scenario', (value) => -value),
    check: 'S4_LAMBDA_NONNEG_FINITE',
    issue: 'S4_LAMBDA_INVALID',
  },
  {
    what: 'local: a factor',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('overlay_factor_total', nextDouble),
    check: 'S4_OVERLAY_FACTORS',
    issue: 'S4_FACTOR_DIFFERS',
  },
  {
    what: 'factors: a factor',
    dataset: merchantZoneOverlayFactors,
    change: changedValue('overlay_factor_total', nextDouble),
    check: 'S4_OVERLAY_FACTORS',
    issue: 'S4_FACTOR_DIFFERS',
  },
  {
    what: 'factors: out of bounds',
    dataset: merchantZoneOverlayFactors,
    change: changedValue('overlay_factor_total', () => 6),
    check: 'S4_OVERLAY_FACTOR_HARD_BOUNDS',
    issue: 'S4_FACTOR_OUT_OF_BOUNDS',
  },
  {
    what: 'shapes: one part in a billion',
    dataset: classZoneShape,
    change: changedValue('shape_value', (value) => value * (1 + 1e-9)),
    check: 'S2_RECOMPOSITION',
    issue: 'S2_SHAPE_DIFFERS',
  },
  {
    what: 'baseline: the last bit',
    dataset: merchantZoneBaseline,
    change: changedValue('lambda_local_base', nextDouble),
    check: 'S3_RECOMPOSITION',
    issue: 'S3_LAMBDA_DIFFERS',
  },
  {
    what: 'profile: without a few of its rows',
    dataset: merchantZoneProfile,
    change: (found) => picked(found, all(found).slice(5)),
    check: 'S1_DOMAIN_PARITY',
    issue: 'S1_PAIR_MISSING',
  },
  {
    what: 'profile: of a merchant that nobody has',
    dataset: merchantZoneProfile,
    change: (found) => changedValue('merchant_id', () => 1)({ ...found, row: found.table.rows - 1 }),
    check: 'S1_DOMAIN_PARITY',
    issue: 'S1_PAIR_FOREIGN',
  },
  {
    what: 'profile: volumes twice as large',
    dataset: merchantZoneProfile,
    change: throughout('weekly_volume_expected', (value) => value * 2),
    check: 'S1_RECOMPOSITION',
    issue: 'S1_VOLUME_DIFFERS',
  },
  {
    what: 'profile: a volume, by one part in a billion',
    dataset: merchantZoneProfile,
    change: changedValue('weekly_volume_expected', (value) => value * (1 + 1e-9)),
    check: 'S1_RECOMPOSITION',
    issue: 'S1_VOLUME_DIFFERS',
  },
  {
    what: 'profile: a scale factor',
    dataset: merchantZoneProfile,
    change: changedValue('scale_factor', (value) => value + 1),
    check: 'S1_RECOMPOSITION',
    issue: 'S1_VOLUME_DIFFERS',
  },
  ...(
    [
      ['demand_class', 'travel_hospitality'],
      ['demand_subclass', 'tail_zone'],
      ['profile_id', 'somebody_else'],
      ['class_source', 'nonvirtual_branch.card_present.nobody'],
    ] as const
  ).map(
    ([column, text]): Mutation => ({
      what: `profile: another ${column}`,
      dataset: merchantZoneProfile,
      change: named(column, text),
      check: 'S1_RECOMPOSITION',
      issue: 'S1_CLASS_DIFFERS',
    }),
  ),
  ...['high_variability_flag', 'low_volume_flag', 'virtual_preferred_flag'].map(
    (column): Mutation => ({
      what: `profile: another ${column}`,
      dataset: merchantZoneProfile,
      change: changedValue(column, flipped),
      check: 'S1_RECOMPOSITION',
      issue: 'S1_CLASS_DIFFERS',
    }),
  ),
  {
    what: 'class profile: totals of 0',
    dataset: merchantClassProfile,
    change: throughout('weekly_volume_total_expected', () => 0),
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_TOTAL',
  },
  {
    what: 'class profile: another class',
    dataset: merchantClassProfile,
    change: named('primary_demand_class', 'low_volume_tail'),
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_CLASS',
  },
  {
    what: 'class profile: other classes seen',
    dataset: merchantClassProfile,
    change: named('classes_seen', 'office_hours;travel_hospitality'),
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_CLASS',
  },
  {
    what: 'class profile: a merchant removed',
    dataset: merchantClassProfile,
    change: removed,
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_KEYS',
  },
  {
    what: 'class profile: a merchant twice',
    dataset: merchantClassProfile,
    change: doubled,
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_KEYS',
  },
  ...(
    [
      ['local_minutes_since_midnight', () => 7],
      ['local_day_of_week', () => 6],
      ['bucket_duration_minutes', () => 30],
      ['is_weekend', () => 1],
      ['is_nominal_open_hours', flipped],
    ] as const
  ).map(
    ([column, change]): Mutation => ({
      what: `grid: ${column} of every hour`,
      dataset: shapeGridDefinition,
      change: throughout(column, change),
      check: 'S2_GRID_VALID',
      issue: 'S2_GRID_COLUMNS',
    }),
  ),
  ...(
    [
      ['candidate_templates', changedValue('candidate_templates', () => 99)],
      ['template_id', named('template_id', 'online_24h.card_present.v9')],
      ['zone_profile_id', named('zone_profile_id', 'zg99')],
      ['zone_override_id', named('zone_override_id', 'nobody')],
    ] as const
  ).map(
    ([column, change]): Mutation => ({
      what: `catalogue: another ${column}`,
      dataset: classShapeCatalogue,
      change,
      check: 'S2_CATALOGUE',
      issue: 'S2_CHOICE_DIFFERS',
    }),
  ),
  {
    what: 'catalogue: a row removed',
    dataset: classShapeCatalogue,
    change: removed,
    check: 'S2_CATALOGUE',
    issue: 'S2_CATALOGUE_KEYS',
  },
  {
    what: 'shapes: another flag',
    dataset: classZoneShape,
    change: named('adjustment_flags', 'zone_window:nobody'),
    check: 'S2_RECOMPOSITION',
    issue: 'S2_FLAGS_DIFFER',
  },
  {
    what: 'class baseline: all of it',
    dataset: classZoneBaseline,
    change: throughout('lambda_local_base_class', (value) => value * 3 + 1),
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_SUM',
  },
  {
    what: 'class baseline: one hour of a class',
    dataset: classZoneBaseline,
    change: changedValue('lambda_local_base_class', (value) => value * 1.01 + 0.001),
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_SUM',
  },
  {
    what: 'class baseline: an hour removed',
    dataset: classZoneBaseline,
    change: removed,
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_KEYS',
  },
  {
    what: 'class baseline: of a zone that nobody has',
    dataset: classZoneBaseline,
    change: changedValue('tzid', () => 0),
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_KEYS',
  },
  {
    what: 'grid: an hour removed',
    dataset: shapeGridDefinition,
    change: removed,
    check: 'S2_GRID_VALID',
    issue: 'S2_GRID_INVALID',
  },
  {
    what: 'shapes: a negative value',
    dataset: classZoneShape,
    change: changedValue('shape_value', (value) => -value),
    check: 'S2_SHAPES_NONNEG',
    issue: 'S2_SHAPE_INVALID',
  },
  {
    what: 'shapes: one that adds up to more than 1',
    dataset: classZoneShape,
    change: changedValue('shape_value', (value) => value + 0.01),
    check: 'S2_SHAPES_SUM_TO_ONE',
    issue: 'S2_SHAPE_SUM',
  },
  {
    what: 'shapes: an hour removed',
    dataset: classZoneShape,
    change: removed,
    check: 'S2_DOMAIN_COVERS_S1',
    issue: 'S2_SHAPE_INCOMPLETE',
  },
  {
    what: 'shapes: of a zone that nobody has',
    dataset: classZoneShape,
    change: changedValue('tzid', () => 0),
    check: 'S2_DOMAIN_COVERS_S1',
    issue: 'S2_SHAPE_FOREIGN',
  },
  {
    what: 'baseline: infinite',
    dataset: merchantZoneBaseline,
    change: changedValue('lambda_local_base', () => Number.POSITIVE_INFINITY),
    check: 'S3_LAMBDA_NONNEG_FINITE',
    issue: 'S3_LAMBDA_INVALID',
  },
  {
    what: 'baseline: two rows swapped',
    dataset: merchantZoneBaseline,
    change: swapped,
    check: 'S3_DOMAIN_PARITY',
    issue: 'S3_KEY_MISMATCH',
  },
  {
    what: 'baseline: a row removed',
    dataset: merchantZoneBaseline,
    change: removed,
    check: 'S3_DOMAIN_PARITY',
    issue: 'S3_ROW_COUNT',
  },
  {
    what: 'baseline: a week that is not its volume',
    dataset: merchantZoneBaseline,
    change: changedValue('lambda_local_base', (value) => value * 2),
    check: 'S3_WEEKLY_SUM_VS_SCALE',
    issue: 'S3_WEEKLY_SUM',
  },
  {
    what: 'utc: another total',
    dataset: merchantZoneScenarioUtc,
    change: changedValue('lambda_utc_scenario', (value) => value * 2),
    check: 'S4_LOCAL_VS_UTC_TOTAL',
    issue: 'S4_TOTALS_DIFFER',
  },
  {
    what: 'local: beyond the guardrail',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('lambda_local_scenario', () => 2e7),
    check: 'S4_LAMBDA_SCENARIO_GUARDRAIL',
    issue: 'S4_LAMBDA_HIGH',
    status: 'WARN',
  },
  {
    what: 'local: a factor beyond the rail',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('overlay_factor_total', () => 4.9),
    check: 'S4_OVERLAY_FACTOR_WARN_BOUNDS',
    issue: 'S4_FACTOR_BEYOND_RAIL',
    status: 'WARN',
  },
];

test('an honest run passes, its bundle verifies, and a rerun is identical', async () => {
  const runs = await copyOfRun();
  const first = await runStates(world, runs, ['S5']);
  assert.equal(first.states[0]?.publication, 'published');
  const folder = join(
    first.runFolder,
    `data/layer2/5A/validation/manifest_fingerprint=${manifestFingerprint}`,
  );
  assert.equal((await verifyBundleFolder(folder)).verdict, 'whole-pass');
  const again = await runStates(world, runs, ['S5']);
  assert.equal(again.states[0]?.publication, 'identical');
  assert.equal(again.states[0]?.outcome.bundleDigest, first.states[0]?.outcome.bundleDigest);
});

type Witness = {
  readonly scenarios: readonly {
    readonly scenario_id: string;
    readonly rows: readonly Readonly<Record<string, string | number | null>>[];
  }[];
};

async function witnessOf(bundle: string): Promise<Witness> {
  return JSON.parse(await readFile(join(bundle, 'data/reports/witness_5A.json'), 'utf8'));
}

/** λ and F of every row of the local surface of a scenario, by key. */
async function localValues(
  folder: string,
  scenario: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const values = new Map<string, readonly number[]>();
  for (let bucket = 0; bucket < 8; bucket += 1) {
    const partition = { scenario_id: scenario, mbucket: `0${bucket}` };
    const path = datasetPath(merchantZoneScenarioLocal, {
      manifest_fingerprint: manifestFingerprint,
      ...partition,
    });
    const table = await readTableUnchecked(join(folder, path), merchantZoneScenarioLocal.table);
    const [lambda, factor] = ['lambda_local_scenario', 'overlay_factor_total'].map((name) =>
      f64Values(table, name),
    );
    const hours = i32Values(table, 'local_horizon_bucket_index');
    for (let row = 0; row < table.rows; row += 1) {
      const own = [lambda?.[row] ?? Number.NaN, factor?.[row] ?? Number.NaN];
      values.set(`${keyOf(table, row)}|${hours[row]}`, own);
    }
  }
  return values;
}

test('the witness of a run shows each row as the surface has it, and as it is computed again', async () => {
  const runs = await copyOfRun();
  const { runFolder } = await runStates(world, runs, ['S5']);
  const bundle = join(runFolder, `data/layer2/5A/validation/manifest_fingerprint=${manifestFingerprint}`);
  const { scenarios } = await witnessOf(bundle);
  assert.deepEqual(
    scenarios.map(({ scenario_id }) => scenario_id),
    ['baseline_v1', 'stress_v1'],
  );
  for (const { scenario_id, rows } of scenarios) {
    const values = await localValues(runFolder, scenario_id);
    assert.equal(rows.length, 2_048);
    // Some of each kind, or nothing is shown by their being equal.
    assert.ok(rows.some(({ lambda_local_scenario: lambda }) => Number(lambda) > 0));
    assert.ok(rows.some(({ overlay_factor_total: factor }) => factor !== 1));
    for (const row of rows) {
      const key = `${row.merchant_id}|${row.legal_country_iso}|${row.tzid}|${row.local_horizon_bucket_index}`;
      assert.deepEqual([row.lambda_local_scenario, row.overlay_factor_total], values.get(key), key);
      assert.equal(row.expected_lambda_local_scenario, row.lambda_local_scenario, key);
      assert.equal(row.expected_overlay_factor_total, row.overlay_factor_total, key);
    }
  }
});

test('the witness of a run that lies shows what it says beside what it should, and fails', async () => {
  const runs = await copyOfRun();
  await tamper(runs, merchantZoneScenarioLocal, ({ table }) => {
    const values = f64Values(table, 'lambda_local_scenario').map(() => Number.NaN);
    return withColumn(table, 'lambda_local_scenario', { type: 'f64', values });
  });
  const report = await failedReport(runs);
  assert.ok(report.blocking_reasons.includes('S5_WITNESS FAIL'), report.blocking_reasons.join());
  assert.ok(report.codes.includes('S5_WITNESS_DIFFERS'), report.codes.join());
  const [baseline] = (await witnessOf(failedFolder)).scenarios;
  const lies = baseline?.rows.filter((row) => row.lambda_local_scenario === 'NaN') ?? [];
  assert.ok(lies.length > 0);
  assert.ok(lies.every((row) => Number(row.expected_lambda_local_scenario) >= 0));
});

for (const [name, dataset] of surfaces) {
  test(`${name}: the same rows by another writer pass as well, with the same bundle`, async () => {
    const honest = await runStates(world, await copyOfRun(), ['S5']);
    const runs = await copyOfRun();
    await tamper(runs, dataset, ({ table }) => table);
    const { states } = await runStates(world, runs, ['S5']);
    assert.equal(states[0]?.publication, 'published');
    assert.equal(states[0]?.outcome.bundleDigest, honest.states[0]?.outcome.bundleDigest);
  });
}

for (const { what, dataset, change, check, issue, status = 'FAIL' } of mutations) {
  test(`${status}, naming it: ${what}`, async () => {
    const runs = await copyOfRun();
    const key = await tamper(runs, dataset, change);
    const report = await failedReport(runs);
    const found = report.checks.find(({ check_id }) => check_id === check);
    assert.equal(found?.status, status, JSON.stringify(report.blocking_reasons));
    assert.ok(report.codes.includes(issue), `${issue} is not among ${report.codes}`);
    if (stateOf.has(dataset) || status === 'WARN') return;
    assert.ok(report.checks.every((other) => other.check_id === check || other.status !== 'ERROR'));
    assert.ok(report.issues.includes(key), `${key} is not named in ${report.issues.slice(0, 400)}`);
  });
}

test('a profile without a row fails: nothing would be expected, and nothing found', async () => {
  const runs = await copyOfRun();
  await tamper(runs, merchantZoneProfile, (found) => picked(found, []));
  const report = await failedReport(runs);
  assert.ok(report.blocking_reasons.includes('S5_EXPECTATION FAIL'), report.blocking_reasons.join());
  assert.ok(report.codes.includes('S5_NOTHING_EXPECTED'), report.codes.join());
});

const profiles: readonly (readonly [string, (found: Rows) => Table])[] = [
  ['a merchant-zone twice', doubled],
  ['no class', without('demand_class')],
  ['a negative volume', changedValue('weekly_volume_expected', (value) => -value)],
];
for (const [what, change] of profiles) {
  test(`refused before anything is checked: profile: ${what}`, async () => {
    const runs = await copyOfRun();
    await tamper(runs, merchantZoneProfile, change);
    await assert.rejects(
      runStates(world, runs, ['S5']),
      (error) => isPlatformError(error) && error.failure.code === 'S5_GATE_RECEIPT_INVALID',
    );
  });
}

for (const [what, spoil] of [
  ['gone', (path: string) => rm(path)],
  ['no Parquet', (path: string) => writeFile(path, 'PASS')],
] as const) {
  test(`refused before anything is checked: a profile that is ${what}`, async () => {
    const runs = await copyOfRun();
    const folder = join(runs, runId);
    const receipt = join(folder, receiptPath({ state: 'S1', manifest_fingerprint: manifestFingerprint }));
    const { files, ...rest } = receiptSchema.parse(parseCanonicalJson(await readFile(receipt), receipt));
    const profile = files.find(({ dataset }) => dataset === merchantZoneProfile.table.name);
    assert.ok(profile);
    await spoil(join(folder, profile.path));
    // As if S1 had written it: a digest that holds says nothing about what the bytes are.
    const sha256 = sha256Of('PASS');
    const spoiled = files.map((file) => (file === profile ? { ...file, sha256 } : file));
    await writeFile(receipt, canonicalBytes(receiptDocument({ ...rest, files: spoiled })));
    await assert.rejects(
      runStates(world, runs, ['S5']),
      (error) => isPlatformError(error) && error.failure.code === 'S5_GATE_RECEIPT_INVALID',
    );
  });
}

test('a file that no receipt names fails: whoever reads the folder would read it, too', async () => {
  const runs = await copyOfRun();
  const [receipt] = await receiptFiles(runs);
  assert.ok(receipt);
  const path = join(runs, runId, receipt.path);
  await cp(path, path.replace('part-0', 'part-1'));
  const report = await failedReport(runs);
  assert.deepEqual(report.blocking_reasons, ['S4_PRESENT FAIL']);
  assert.match(report.issues, /part-1\.parquet is named by no receipt/);
  assert.deepEqual(report.codes, ['S4_FILE_UNEXPECTED']);
});

test('shapes that are gone: what is expected cannot be derived, and that blocks', async () => {
  const runs = await copyOfRun();
  const scope = { state: 'S2', manifest_fingerprint: manifestFingerprint };
  const path = join(runs, runId, receiptPath(scope as Parameters<typeof receiptPath>[0]));
  const { files } = receiptSchema.parse(parseCanonicalJson(await readFile(path), path));
  const shape = files.find(({ dataset }) => dataset === classZoneShape.table.name);
  await rm(join(runs, runId, shape?.path ?? ''));
  const report = await failedReport(runs);
  assert.ok(report.blocking_reasons.includes('S2_PRESENT FAIL'));
  assert.ok(report.blocking_reasons.includes('S5_EXPECTATION ERROR'), report.blocking_reasons.join());
});

test('sums of classes that are gone are missed, and could not be judged', async () => {
  const runs = await copyOfRun();
  const path = datasetPath(classZoneBaseline, { manifest_fingerprint: manifestFingerprint });
  await rm(join(runs, runId, path));
  const report = await failedReport(runs);
  assert.deepEqual(report.blocking_reasons, ['S3_CLASS_SUMS ERROR', 'S3_PRESENT FAIL']);
});

test('the shipped policy has decided about every check there is, and about no other', async () => {
  const { validation } = await loadPolicies(policyFolder);
  const runs = await copyOfRun();
  const { states } = await runStates(world, runs, ['S5']);
  assert.equal(states[0]?.outcome.counts.checks, validation.blocking.length + validation.advisory.length);
  const folder = join(runs, runId, `data/layer2/5A/validation/manifest_fingerprint=${manifestFingerprint}`);
  const report: Report = JSON.parse(
    await readFile(join(folder, 'data/reports/validation_report_5A.json'), 'utf8'),
  );
  assert.deepEqual(
    report.checks.map(({ check_id }) => check_id).sort(),
    [...validation.blocking, ...validation.advisory].sort(),
  );
});

test('a file altered behind its receipt fails, and so does one that is gone', async () => {
  const runs = await copyOfRun();
  const [receipt] = await receiptFiles(runs);
  assert.ok(receipt);
  const path = join(runs, runId, receipt.path);
  await writeFile(path, Buffer.concat([await readFile(path), Buffer.from([0])]));
  const report = await failedReport(runs);
  assert.ok(report.blocking_reasons.includes('S4_PRESENT FAIL'));
  await rm(path);
  const missing = await failedReport(runs, 2);
  assert.ok(missing.blocking_reasons.includes('S4_PRESENT FAIL'));
  // What cannot be read is not data that is wrong: it could not be judged.
  assert.ok(missing.blocking_reasons.includes('S4_RECOMPOSITION ERROR'));
});

async function receiptFiles(runs: string): Promise<readonly OutputFile[]> {
  const scope = {
    state: 'S4',
    manifest_fingerprint: manifestFingerprint,
    scenario_id: 'baseline_v1',
    mbucket: '00',
  };
  const path = join(runs, runId, receiptPath(scope as Parameters<typeof receiptPath>[0]));
  return receiptSchema.parse(parseCanonicalJson(await readFile(path), path)).files;
}

type Report = {
  readonly checks: readonly { readonly check_id: string; readonly status: string }[];
  readonly blocking_reasons: readonly string[];
  readonly issues: string;
  readonly codes: readonly string[];
};

/** Runs S5, expects it to refuse, and reads the newest of `count` bundles that have no flag. */
async function failedReport(runs: string, count = 1): Promise<Report> {
  await assert.rejects(runStates(world, runs, ['S5']), (error) => {
    assert.ok(isPlatformError(error), String(error));
    assert.equal(error.failure.code, 'S5_VALIDATION_FAILED');
    failedFolder = error.failure.where ?? '';
    return true;
  });
  const parent = join(failedFolder, '..');
  assert.equal((await readdir(parent)).length, count);
  assert.equal((await verifyBundleFolder(failedFolder)).verdict, 'whole-not-pass');
  const report: Omit<Report, 'issues' | 'codes'> = JSON.parse(
    await readFile(join(failedFolder, 'data/reports/validation_report_5A.json'), 'utf8'),
  );
  const table = await readTableUnchecked(
    join(failedFolder, 'data', validationIssueTable.pathTemplate),
    validationIssueTable.table,
  );
  const texts = (name: string) => {
    const column = table.columns.get(name);
    return column?.type === 'string' ? column.dictionary : [];
  };
  return { ...report, issues: texts('message').join('\n'), codes: texts('issue_code') };
}
let failedFolder = '';
