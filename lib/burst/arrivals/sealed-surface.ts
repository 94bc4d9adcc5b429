import { join } from 'node:path';
import { sha256Of } from '../../evidence/format/digest.ts';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import type { Dataset } from '../../segment-5a/dataset.ts';
import { merchantZoneScenarioUtc, scenarioManifest } from '../../segment-5a/datasets.ts';
import { epochMinutes } from '../../segment-5a/frame/instants.ts';
import { findRunReceipt, type RunReceipt } from '../../segment-5a/frame/run-folder.ts';
import { i32Values, strings, textOf } from '../../segment-5a/frame/table-access.ts';
import { type ScenarioId, scenarioIdSchema } from '../../segment-5a/identity.ts';
import { type Horizon, horizonOfBuckets } from '../../segment-5a/laws/horizon.ts';
import { merchantBucketLabel, merchantBuckets } from '../../segment-5a/laws/merchant-bucket.ts';
import { passedValidationFolder } from '../../segment-5a/s5/publish-validation.ts';
import {
  readSealedReceipts,
  receiptName,
  type SealedFile,
  type SealedReceipts,
} from '../../segment-5a/s5/sealed-receipts.ts';
import type { Table } from '../../tables/columns.ts';
import { contentDigest } from '../../tables/content-digest.ts';
import { readTableUnchecked } from '../../tables/read-table.ts';
import { fail, failureOf, messageOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';

/** The UTC surface of a scenario of a run that passed, every file compared with what was sealed. */
export type SealedSurface = {
  readonly run: RunReceipt;
  readonly scenarioId: ScenarioId;
  /** Digest of the validation bundle that vouches for it. */
  readonly bundleDigest: Sha256;
  /** Identity of the stream of arrivals: bundle and scenario. */
  readonly sourceSha256: Sha256;
  /** Horizon [start, end) as the tables write instants. */
  readonly windowStart: string;
  readonly windowEnd: string;
  /** The same horizon in the buckets that the surface has of it. */
  readonly horizon: Horizon;
  /** Absolute paths, in the order of the rows. */
  readonly files: readonly string[];
};

/**
 * Opens the UTC surface of a scenario of a segment run. What S5 sealed decides: its bundle must be whole
 * and PASS, it must name this scenario's outputs, and every file must have the content that it names, that of
 * the scenario manifest too. Throws `BUNDLE_NOT_PASS` or `SURFACE_ALTERED` (65) naming the first thing at fault,
 * `SURFACE_EMPTY` (65) for a run without intensities by UTC, `SEGMENT_RUN_MISSING` (64).
 */
export async function openSealedSurface(runFolder: string, scenario: string): Promise<SealedSurface> {
  const run = await findRunReceipt(runFolder);
  const scenarioId = scenarioIdSchema.safeParse(scenario).data;
  if (run === undefined || scenarioId === undefined) {
    return fail({
      exit: 'usage',
      code: 'SEGMENT_RUN_MISSING',
      message: run === undefined ? 'this is no folder of a segment run' : 'this is no scenario id',
      where: run === undefined ? runFolder : 'scenario_id',
      value: run === undefined ? runFolder : scenario,
      remedy: 'Give the folder <runs root>/<segment run id> of a run that passed, and one of its scenarios.',
    });
  }
  const fingerprint = run.manifest_fingerprint;
  const bundleFolder = join(runFolder, passedValidationFolder(fingerprint));
  const report = await verifyBundleFolder(bundleFolder).catch(() => undefined);
  if (report?.verdict !== 'whole-pass' || report.bundleDigest === undefined) {
    const first = report?.items.find(({ state }) => state !== 'ok');
    return fail({
      exit: 'data',
      code: 'BUNDLE_NOT_PASS',
      message:
        first === undefined
          ? 'the run has no validation bundle that is whole and says PASS'
          : `the validation bundle is broken: ${first.path} is ${first.state}`,
      where: bundleFolder,
      value: report?.verdict ?? 'missing',
      remedy: 'Run the segment to its end; only what S5 passed may be sent.',
    });
  }
  const sealed = await readSealedReceipts(bundleFolder);
  if (sealed === undefined) {
    return fail({
      exit: 'data',
      code: 'BUNDLE_NOT_PASS',
      message: 'the validation bundle is of an earlier release and does not say what it vouches for',
      where: bundleFolder,
      remedy: 'Run the segment again: its bundle names every output by the digest of its content.',
    });
  }
  const files: SealedFile[] = [];
  for (let bucket = 0; bucket < merchantBuckets; bucket += 1) {
    const mbucket = merchantBucketLabel(bucket);
    const scope = {
      state: 'S4',
      manifest_fingerprint: fingerprint,
      scenario_id: scenarioId,
      mbucket,
    } as const;
    const name = receiptName(scope);
    const receipt = sealed.get(name);
    if (receipt === undefined) return altered(name, 'S5 has judged nothing of this scenario');
    for (const file of receipt.files.filter(
      ({ dataset }) => dataset === merchantZoneScenarioUtc.table.name,
    )) {
      await readSealed(runFolder, file, merchantZoneScenarioUtc);
      files.push(file);
    }
  }
  const window = windowOf(await readManifest(runFolder, sealed), scenarioId);
  return {
    run,
    scenarioId,
    bundleDigest: report.bundleDigest,
    sourceSha256: sha256Of(`fraud-platform/arrivals/v1\n${report.bundleDigest}\n${scenarioId}\n`),
    ...window,
    horizon: horizonOfBuckets(
      epochMinutes(window.windowStart),
      epochMinutes(window.windowEnd),
      await bucketsOf(runFolder, files),
    ),
    files: files.map(({ path }) => join(runFolder, path)),
  };
}

/** Buckets of the horizon that a surface has: the last one of its last merchant-zone tells them. */
async function bucketsOf(runFolder: string, files: readonly SealedFile[]): Promise<number> {
  const file = files.find(({ rows }) => rows > 0);
  if (file === undefined) {
    return fail({
      exit: 'data',
      code: 'SURFACE_EMPTY',
      message: 'the run has no intensities by UTC, so there is nothing to send',
      where: merchantZoneScenarioUtc.table.name,
      value: runFolder,
      remedy: 'Make a run whose scenario_horizon.yaml says emit_utc_intensities: true.',
    });
  }
  const { table } = merchantZoneScenarioUtc;
  const index = 'utc_horizon_bucket_index';
  const slice = { from: file.rows - 1, rows: 1 };
  const last = await readTableUnchecked(join(runFolder, file.path), table, [index], slice);
  return (i32Values(last, index)[0] ?? 0) + 1;
}

/** A table that S5 has judged, after its content was compared with what the bundle says of it. */
async function readSealed(runFolder: string, file: SealedFile, { table: schema }: Dataset): Promise<Table> {
  const table = await readTableUnchecked(join(runFolder, file.path), schema).catch((error: unknown) => {
    if (failureOf(error).exit !== 'data') throw error;
    return altered(file.path, `a file that S5 has judged cannot be read: ${messageOf(error)}`);
  });
  if (contentDigest(schema, table) === file.logical_sha256) return table;
  return altered(file.path, 'a file says something else than what S5 has judged');
}

async function readManifest(runFolder: string, sealed: SealedReceipts): Promise<Table> {
  const { name } = scenarioManifest.table;
  const file = sealed.get('S0')?.files.find(({ dataset }) => dataset === name);
  if (file === undefined) return altered(name, 'S5 has judged no scenario manifest');
  return await readSealed(runFolder, file, scenarioManifest);
}

function windowOf(
  manifest: Table,
  scenarioId: ScenarioId,
): { readonly windowStart: string; readonly windowEnd: string } {
  const ids = strings(manifest, 'scenario_id');
  for (let row = 0; row < manifest.rows; row += 1) {
    if (textOf(ids, row) !== scenarioId) continue;
    return {
      windowStart: textOf(strings(manifest, 'horizon_start_utc'), row),
      windowEnd: textOf(strings(manifest, 'horizon_end_utc'), row),
    };
  }
  return altered(scenarioId, 'the scenario manifest of the run does not have it');
}

function altered(value: string, message: string): never {
  return fail({
    exit: 'data',
    code: 'SURFACE_ALTERED',
    message,
    where: 'merchant_zone_scenario_utc_5A',
    value,
    remedy: 'Restore the run from another copy, or run the segment again in a clean candidate.',
  });
}
