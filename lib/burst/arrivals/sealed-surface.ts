import { join } from 'node:path';
import { sha256Of } from '../../evidence/format/digest.ts';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import { merchantZoneScenarioUtc, scenarioManifest } from '../../segment-5a/datasets.ts';
import { epochMinutes } from '../../segment-5a/frame/instants.ts';
import type { OutputFile } from '../../segment-5a/frame/receipt.ts';
import { committedFile, digestOfFile, findReceipt } from '../../segment-5a/frame/receipt-store.ts';
import { findRunReceipt, type RunReceipt } from '../../segment-5a/frame/run-folder.ts';
import { i32Values, strings, textOf } from '../../segment-5a/frame/table-access.ts';
import { type ScenarioId, scenarioIdSchema } from '../../segment-5a/identity.ts';
import { type Horizon, horizonOfBuckets } from '../../segment-5a/laws/horizon.ts';
import { merchantBucketLabel, merchantBuckets } from '../../segment-5a/laws/merchant-bucket.ts';
import { passedValidationFolder } from '../../segment-5a/s5/publish-validation.ts';
import { readSealedReceipts, receiptName, sealedDigest } from '../../segment-5a/s5/sealed-receipts.ts';
import { readTable, readTableUnchecked } from '../../tables/read-table.ts';
import { fail } from '../../vocabulary/failure.ts';
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
 * and PASS, its statement must name this scenario's receipts, and every file must be the one that its
 * receipt names. Throws `BUNDLE_NOT_PASS` or `SURFACE_ALTERED` (65) naming the first thing at fault,
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
  const files: OutputFile[] = [];
  for (let bucket = 0; bucket < merchantBuckets; bucket += 1) {
    const mbucket = merchantBucketLabel(bucket);
    const scope = {
      state: 'S4',
      manifest_fingerprint: fingerprint,
      scenario_id: scenarioId,
      mbucket,
    } as const;
    const name = receiptName(scope);
    const receipt = await findReceipt(runFolder, scope);
    if (receipt === undefined || sealed.get(name) !== sealedDigest(receipt)) {
      return altered(
        name,
        receipt === undefined
          ? 'S4 has published nothing for this scenario'
          : 'the receipt of S4 is not the one that S5 sealed',
      );
    }
    for (const file of receipt.files.filter(
      ({ dataset }) => dataset === merchantZoneScenarioUtc.table.name,
    )) {
      if ((await digestOfFile(join(runFolder, file.path))) !== file.sha256) {
        return altered(file.path, 'a file of the surface is gone, or altered since it was sealed');
      }
      files.push(file);
    }
  }
  const window = await windowOf(runFolder, run, scenarioId);
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
async function bucketsOf(runFolder: string, files: readonly OutputFile[]): Promise<number> {
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

async function windowOf(
  runFolder: string,
  { manifest_fingerprint }: RunReceipt,
  scenarioId: ScenarioId,
): Promise<{ readonly windowStart: string; readonly windowEnd: string }> {
  const { path } = await committedFile(
    runFolder,
    { state: 'S0', manifest_fingerprint },
    scenarioManifest.table.name,
    'SURFACE_ALTERED',
  );
  const manifest = await readTable(path, scenarioManifest.table);
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
