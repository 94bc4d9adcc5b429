import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { canonicalBytes, parseCanonicalJson } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { verifyBundleFolder } from '../../../lib/evidence/verify-bundle.ts';
import type { Dataset } from '../../../lib/segment-5a/dataset.ts';
import {
  classShapeCatalogue,
  classZoneBaseline,
  classZoneShape,
  merchantClassProfile,
  merchantZoneBaseline,
  merchantZoneProfile,
  scenarioManifest,
  shapeGridDefinition,
  validationIssueTable,
} from '../../../lib/segment-5a/datasets.ts';
import {
  type OutputFile,
  type ReceiptScope,
  receiptDocument,
  receiptPath,
  receiptSchema,
} from '../../../lib/segment-5a/frame/receipt.ts';
import { scenarioIdSchema } from '../../../lib/segment-5a/identity.ts';
import type { Table } from '../../../lib/tables/columns.ts';
import { frameOf } from '../../../lib/tables/frames.ts';
import { readTableUnchecked } from '../../../lib/tables/read-table.ts';
import { sinkFrame } from '../../../lib/tables/write-table.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { sealWorld } from '../../lib/segment-5a/make-world.ts';
import { eventfulWorld, runStates } from '../../lib/segment-5a/s5/run.ts';
import { copiesOfRun } from '../../support/copies-of-run.ts';
import type { Rows } from './changes.ts';

/** States that publish what is changed; the surfaces are S4's. */
const stateOf: ReadonlyMap<Dataset, 'S0' | 'S1' | 'S2' | 'S3'> = new Map([
  [scenarioManifest, 'S0'],
  [merchantZoneProfile, 'S1'],
  [merchantClassProfile, 'S1'],
  [shapeGridDefinition, 'S2'],
  [classZoneShape, 'S2'],
  [classShapeCatalogue, 'S2'],
  [merchantZoneBaseline, 'S3'],
  [classZoneBaseline, 'S3'],
]);

/** The scenario whose surfaces are changed. */
export const baseline = scenarioIdSchema.parse('baseline_v1');

/** What S5 says of a run that it refuses. */
export type RefusedReport = {
  readonly checks: readonly { readonly check_id: string; readonly status: string }[];
  readonly blocking_reasons: readonly string[];
  readonly issues: string;
  readonly codes: readonly string[];
  /** Where the bundle without a flag lies. */
  readonly folder: string;
};

/** Which rows a mutation changes, what it does to them, and what S5 must say. */
export type Mutation = {
  readonly what: string;
  readonly dataset: Dataset;
  readonly change: (found: Rows) => Table;
  /** The check that says no, with the code of what it found. */
  readonly check: string;
  readonly issue: string;
  readonly status?: 'WARN';
};

/** An eventful world with a run of S0 to S4 over it, of which each test takes a copy to spoil. */
export async function createSpoilableRun() {
  const root = await mkdtemp(join(tmpdir(), 'validation-'));
  const world = await sealWorld(eventfulWorld());
  after(async () => {
    await rm(root, { recursive: true, force: true });
    await rm(world, { recursive: true, force: true });
  });
  const pristine = join(root, 'pristine');
  const { runId, manifestFingerprint } = await runStates(world, pristine, ['S0', 'S1', 'S2', 'S3', 'S4']);
  const copyOf = copiesOfRun(root);

  const receiptOf = async (runs: string, scope: Omit<ReceiptScope, 'manifest_fingerprint'>) => {
    const path = join(runs, runId, receiptPath({ ...scope, manifest_fingerprint: manifestFingerprint }));
    return { path, receipt: receiptSchema.parse(parseCanonicalJson(await readFile(path), path)) };
  };

  /**
   * Changes one committed file and commits it again, as whoever wanted to deceive would.
   * Says which merchant-zone is in the row that it changed.
   */
  async function tamper(runs: string, dataset: Dataset, change: (found: Rows) => Table): Promise<string> {
    const state = stateOf.get(dataset) ?? 'S4';
    for (let bucket = 0; bucket < 8; bucket += 1) {
      const mbucket = `0${bucket}`;
      const ofScenario = state === 'S4' ? { scenario_id: baseline, mbucket } : {};
      const { path, receipt } = await receiptOf(runs, { state, ...ofScenario });
      const file = receipt.files.find(
        (one) =>
          one.dataset === dataset.table.name &&
          (!one.path.includes('mbucket=') || one.path.includes(`mbucket=${mbucket}`)),
      );
      if (file === undefined) continue;
      const target = join(runs, runId, file.path);
      const table = await readTableUnchecked(target, dataset.table);
      const row = loudRow(table);
      if (row === -1) continue;
      const changed = change({ table, row });
      await rm(target);
      await sinkFrame(target, dataset.table, frameOf(dataset.table.columns, changed));
      const sha256 = sha256Of(await readFile(target));
      const files = receipt.files.map(
        (one): OutputFile => (one === file ? { ...one, sha256, rows: changed.rows } : one),
      );
      await writeFile(path, canonicalBytes(receiptDocument({ ...receipt, files })));
      return keyOf(table, row);
    }
    throw new Error('no row to tamper with');
  }

  /** Runs S5, expects it to refuse, and reads the newest of `count` bundles that have no flag. */
  async function refusedReport(runs: string, count = 1): Promise<RefusedReport> {
    let folder = '';
    await assert.rejects(runStates(world, runs, ['S5']), (error) => {
      assert.ok(isPlatformError(error), String(error));
      assert.equal(error.failure.code, 'S5_VALIDATION_FAILED');
      folder = error.failure.where ?? '';
      return true;
    });
    assert.equal((await readdir(join(folder, '..'))).length, count);
    assert.equal((await verifyBundleFolder(folder)).verdict, 'whole-not-pass');
    const report: Pick<RefusedReport, 'checks' | 'blocking_reasons'> = JSON.parse(
      await readFile(join(folder, 'data/reports/validation_report_5A.json'), 'utf8'),
    );
    const table = await readTableUnchecked(
      join(folder, 'data', validationIssueTable.pathTemplate),
      validationIssueTable.table,
    );
    const texts = (name: string) => {
      const column = table.columns.get(name);
      return column?.type === 'string' ? column.dictionary : [];
    };
    return { ...report, folder, issues: texts('message').join('\n'), codes: texts('issue_code') };
  }

  /** Each mutation by itself is found by the check that is there for it. */
  async function assertFound(mutation: Mutation): Promise<void> {
    const { dataset, change, check, issue, status = 'FAIL' } = mutation;
    const runs = await copyOf(pristine);
    const key = await tamper(runs, dataset, change);
    const report = await refusedReport(runs);
    const found = report.checks.find(({ check_id }) => check_id === check);
    assert.equal(found?.status, status, JSON.stringify(report.blocking_reasons));
    assert.ok(report.codes.includes(issue), `${issue} is not among ${report.codes}`);
    if (stateOf.has(dataset) || status === 'WARN') return;
    assert.ok(report.checks.every((other) => other.check_id === check || other.status !== 'ERROR'));
    assert.ok(report.issues.includes(key), `${key} is not named in ${report.issues.slice(0, 400)}`);
  }

  return {
    runId,
    manifestFingerprint,
    copyOfRun: () => copyOf(pristine),
    receiptOf,
    tamper,
    validate: (runs: string) => runStates(world, runs, ['S5']),
    /** The folder below which a run that passes has its bundle. */
    bundleOf: (runs: string) =>
      join(runs, runId, `data/layer2/5A/validation/manifest_fingerprint=${manifestFingerprint}`),
    refusedReport,
    assertFound,
  };
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

/** Which merchant-zone a row is of, as the issues of S5 name it. */
export function keyOf(table: Table, row: number): string {
  const text = (name: string) => {
    const column = table.columns.get(name);
    if (column?.type === 'string') return column.dictionary[column.codes[row] ?? 0] ?? '';
    return column === undefined ? '' : String(column.values[row]);
  };
  return ['merchant_id', 'legal_country_iso', 'tzid'].map(text).join('|');
}
