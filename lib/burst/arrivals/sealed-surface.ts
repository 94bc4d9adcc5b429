import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { statementName, statementSchema } from '../../evidence/format/bundle.ts';
import { canonicalBytes, parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import { merchantZoneScenarioUtc, scenarioManifest } from '../../segment-5a/datasets.ts';
import type { Receipt } from '../../segment-5a/frame/receipt.ts';
import { committedFile, digestOfFile, findReceipt } from '../../segment-5a/frame/receipt-store.ts';
import { findRunReceipt, type RunReceipt } from '../../segment-5a/frame/run-folder.ts';
import { strings, textOf } from '../../segment-5a/frame/table-access.ts';
import { type ScenarioId, scenarioIdSchema } from '../../segment-5a/identity.ts';
import { merchantBucketLabel, merchantBuckets } from '../../segment-5a/laws/merchant-bucket.ts';
import { passedValidationFolder } from '../../segment-5a/s5/publish-validation.ts';
import { readTable } from '../../tables/read-table.ts';
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
  /** Absolute paths, in the order of the rows. */
  readonly files: readonly string[];
};

/**
 * Opens the UTC surface of a scenario of a segment run. What S5 sealed decides: its bundle must be whole
 * and PASS, its statement must name this scenario's receipts, and every file must be the one that its
 * receipt names. Throws `BUNDLE_NOT_PASS` or `SURFACE_ALTERED` (65) naming the first thing at fault,
 * `SEGMENT_RUN_MISSING` (64).
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
  const sealed = await sealedInputs(bundleFolder);
  const files: string[] = [];
  for (let bucket = 0; bucket < merchantBuckets; bucket += 1) {
    const mbucket = merchantBucketLabel(bucket);
    const name = `S4/${scenarioId}/${mbucket}`;
    const scope = {
      state: 'S4',
      manifest_fingerprint: fingerprint,
      scenario_id: scenarioId,
      mbucket,
    } as const;
    const receipt = await findReceipt(runFolder, scope);
    if (receipt === undefined || sealed.get(name) !== digestOfFiles(receipt)) {
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
      const path = join(runFolder, file.path);
      if ((await digestOfFile(path)) !== file.sha256) {
        return altered(file.path, 'a file of the surface is gone, or altered since it was sealed');
      }
      files.push(path);
    }
  }
  return {
    run,
    scenarioId,
    bundleDigest: report.bundleDigest,
    sourceSha256: sha256Of(`fraud-platform/arrivals/v1\n${report.bundleDigest}\n${scenarioId}\n`),
    ...(await horizonOf(runFolder, run, scenarioId)),
    files,
  };
}

/** As S5 digests a receipt into its statement. */
function digestOfFiles({ files }: Receipt): Sha256 {
  return sha256Of(canonicalBytes(files.map((file) => ({ ...file }))));
}

async function sealedInputs(bundleFolder: string): Promise<ReadonlyMap<string, Sha256>> {
  const path = join(bundleFolder, statementName);
  const { predicate } = statementSchema.parse(parseCanonicalJson(await readFile(path), path));
  return new Map(predicate.inputs.map(({ name, sha256 }) => [name, sha256]));
}

async function horizonOf(
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
