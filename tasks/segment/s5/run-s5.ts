import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { type Dataset, datasetPath } from '../../../lib/segment-5a/dataset.ts';
import {
  classZoneShape,
  merchantZoneBaseline,
  merchantZoneOverlayFactors,
  merchantZoneProfile,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
  scenarioManifest,
  shapeGridDefinition,
  validationIssueTable,
} from '../../../lib/segment-5a/datasets.ts';
import { readCommittedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import type { Receipt } from '../../../lib/segment-5a/frame/receipt.ts';
import { digestOfFile, findReceipt } from '../../../lib/segment-5a/frame/receipt-store.ts';
import {
  type StateContext,
  type StateName,
  type StateProgram,
  specVersions,
} from '../../../lib/segment-5a/frame/states.ts';
import { runPartition } from '../../../lib/segment-5a/frame/write-output.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import { merchantBucketLabel, merchantBuckets } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import { openGate } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { scenarioInput } from '../../../lib/segment-5a/s4/scenario-input.ts';
import {
  blockingReasons,
  type CheckFinding,
  CheckList,
  failed,
  passed,
  unlessFound,
} from '../../../lib/segment-5a/s5/check.ts';
import { countIn, type Engine, openEngine } from '../../../lib/segment-5a/s5/engine.ts';
import { expectPairs, expectScenario } from '../../../lib/segment-5a/s5/expectation.ts';
import { publishValidation, validationFolder } from '../../../lib/segment-5a/s5/publish-validation.ts';
import { issueTable, validationReport } from '../../../lib/segment-5a/s5/report.ts';
import { checkSurfaces } from '../../../lib/segment-5a/s5/surface-checks.ts';
import type { Surface, SurfacePart } from '../../../lib/segment-5a/s5/surface-scan.ts';
import { checkUpstream } from '../../../lib/segment-5a/s5/upstream-checks.ts';
import { type WitnessPair, witnessPrefix } from '../../../lib/segment-5a/s5/witness.ts';
import { sampleInWorkers } from '../../../lib/segment-5a/s5/witness-pool.ts';
import { minutesPerDay } from '../../../lib/segment-5a/vocabulary.ts';
import { scenarioCalendarTable, zoneOffsetsTable } from '../../../lib/segment-5a/world-datasets.ts';
import { writeTable } from '../../../lib/tables/write-table.ts';
import { fail } from '../../../lib/vocabulary/failure.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';

const surfaceDatasets: readonly (readonly [Surface, Dataset])[] = [
  ['local', merchantZoneScenarioLocal],
  ['factors', merchantZoneOverlayFactors],
  ['utc', merchantZoneScenarioUtc],
];

/**
 * S5: judges every row of the run with an engine and code that the other states do not share, and seals
 * the outcome. A run that does not pass leaves a bundle without a flag and throws `S5_VALIDATION_FAILED` (65).
 */
export const runS5: StateProgram = async (context, work) => {
  const { policies, phases, run, runFolder, signal } = context;
  const checks = new CheckList();
  const receipts = new Map<StateName, readonly Receipt[]>();
  await checkGate(context, checks);
  for (const state of ['S1', 'S2', 'S3'] as const)
    receipts.set(state, await checkPresence(context, checks, state, [{}]));
  const s4Scopes = work.scenarioIds.flatMap((scenario_id) =>
    Array.from({ length: merchantBuckets }, (_, bucket) => ({
      scenario_id,
      mbucket: merchantBucketLabel(bucket),
    })),
  );
  receipts.set('S4', await checkPresence(context, checks, 'S4', s4Scopes));
  checkSpecVersions(context, checks, receipts);
  const manifest = await readCommittedTable(context, 'S0', scenarioManifest);
  phases.complete('input_load_schema_validation', manifest.rows);

  const partition = runPartition(context);
  const fileOf = (dataset: Dataset, more: JsonObject = {}) =>
    join(runFolder, datasetPath(dataset, { ...partition, ...more }));
  const weekBuckets = (7 * minutesPerDay) / policies.shape_time_grid.bucket_minutes;
  const engine = await openEngine(context.scratch);
  const witness: JsonObject[] = [];
  let rows = 0;
  try {
    const zoneOffsets = join(context.world.data, datasetPath(zoneOffsetsTable, {}));
    const files = {
      profile: fileOf(merchantZoneProfile),
      grid: fileOf(shapeGridDefinition),
      shape: fileOf(classZoneShape),
      baseline: Array.from({ length: merchantBuckets }, (_, bucket) =>
        fileOf(merchantZoneBaseline, { mbucket: merchantBucketLabel(bucket) }),
      ),
    };
    await checks.run('S5_EXPECTATION', 'S5', async () => {
      await expectPairs(engine, { ...files, zoneOffsets }, weekBuckets);
      return passed();
    });
    await checkUpstream(engine, checks, files, { weekBuckets, tolerances: policies.validation.tolerances });
    for (const [index, scenarioId] of work.scenarioIds.entries()) {
      signal.throwIfAborted();
      const { horizon } = scenarioInput(manifest, scenarioId, policies.scenario_horizon.bucket_minutes);
      await checks.run(
        'S5_EXPECTATION',
        'S5',
        async () => {
          await expectScenario(engine, {
            horizon,
            calendar: join(
              context.world.data,
              datasetPath(scenarioCalendarTable, { scenario_id: scenarioId }),
            ),
            zoneOffsets,
            weekMinutes: 7 * minutesPerDay,
            overlay: policies.scenario_overlay,
            ordering: policies.overlay_ordering,
            validation: policies.overlay_validation,
          });
          return passed();
        },
        scenarioId,
      );
      const { warn_below: below, warn_above: above, epsilon } = policies.overlay_validation;
      const laws = {
        buckets: horizon.buckets,
        weekBuckets,
        fractionalZones: await hasFractionalZones(engine),
        factorBounds: policies.scenario_overlay.factor_bounds,
        rails: { below, above, epsilon },
      };
      const surfaces = surfaceFiles(context, receipts.get('S4') ?? [], scenarioId);
      const total = work.scenarioIds.length * surfaces.size * merchantBuckets;
      let done = index * surfaces.size * merchantBuckets;
      await checkSurfaces(engine, checks, surfaces, laws, policies.validation, scenarioId, () => {
        done += 1;
        phases.progress(done, total);
      });
      rows += horizon.buckets;
      witness.push(await witnessOf(context, engine, scenarioId, horizon.buckets));
    }
  } finally {
    engine.close();
  }
  const counts = await profileCounts(context);
  phases.complete('recomposition_checks', rows * counts.s1_rows);

  const reasons = blockingReasons(checks.records, policies.validation);
  const status = reasons.length === 0 ? 'PASS' : 'FAIL';
  const issuesPath = join(context.scratch, 'validation_issue_table_5A.parquet');
  await writeTable(issuesPath, validationIssueTable.table, issueTable(checks.issues));
  phases.complete('issue_table_assembly', checks.issues.length);

  const report = validationReport(run, work.scenarioIds, checks.records, status, reasons, checks.issues);
  const bundle = layOutBundle({
    items: [
      { path: validationIssueTable.pathTemplate, origin: 'derived', content: await readFile(issuesPath) },
      { path: 'reports/validation_report_5A.json', origin: 'derived', content: canonicalBytes(report) },
      { path: 'reports/witness_5A.json', origin: 'derived', content: canonicalBytes({ scenarios: witness }) },
    ],
    manifestFingerprint: run.manifestFingerprint,
    verdict: { result: status, reasons },
    inputs: [...receipts].flatMap(([state, list]) =>
      list.map((receipt) => ({
        name: [state, receipt.scenario_id, receipt.mbucket].filter((part) => part !== undefined).join('/'),
        sha256: sha256Of(canonicalBytes(receipt.files.map((file) => ({ ...file })))),
      })),
    ),
    code: { version: specVersions.S5, imageDigest: 'unrecorded' },
    clocks: {},
  });
  const path = validationFolder(run.manifestFingerprint, bundle);
  const published = await publishValidation(runFolder, path, bundle, context.scratch);
  phases.complete('bundle_index_report_write', bundle.payload.length);
  if (status === 'FAIL') {
    fail({
      exit: 'data',
      code: 'S5_VALIDATION_FAILED',
      message: `the run does not pass: ${reasons.slice(0, 5).join(', ')}`,
      where: published.folder,
      value: `${reasons.length} checks`,
      remedy:
        'Read reports/validation_report_5A.json and the issue table of the bundle, and run the state at fault again in a clean candidate.',
    });
  }
  return {
    counts: { ...counts, issues: checks.issues.length, checks: checks.records.length },
    metrics: { overall_status: status },
    warnings: [],
    publications: [{ kind: published.kind, receipt: bundleReceipt(context, path, bundle) }],
    bundleDigest: bundle.digest,
  };
};

/** The bundle told as the receipts of the other states are; what commits it is the bundle itself. */
function bundleReceipt({ run }: StateContext, path: string, bundle: Bundle): Receipt {
  return {
    schema: 'fraud-platform/segment-receipt/v1',
    state: 'S5',
    spec_version: specVersions.S5,
    manifest_fingerprint: run.manifestFingerprint,
    parameter_hash: run.parameterHash,
    files: bundle.payload.map((item) => ({
      dataset: 'validation_bundle_5A',
      path: `${path}/${item.path}`,
      rows: 0,
      sha256: item.sha256,
      logical_sha256: item.sha256,
    })),
    counts: { files: bundle.payload.length },
  };
}

async function checkGate(context: StateContext, checks: CheckList): Promise<void> {
  await checks.run('S0_PRESENT', 'S0', async () => {
    const gate = await openGate(context.runFolder, context.run, 'S5');
    return passed({ sealed_inputs: gate.sealed.length });
  });
  await checks.run('S0_DIGEST_MATCH', 'S0', async () => {
    const { receipt } = await openGate(context.runFolder, context.run, 'S5');
    return passed({ sealed_inputs_digest: receipt.sealed_inputs_digest });
  });
  await checks.run('UPSTREAM_ALL_PASS', 'S0', async () => {
    const { receipt } = await openGate(context.runFolder, context.run, 'S5');
    const { world } = context;
    const findings = [world.bundle, ...world.upstream]
      .filter(
        ({ segment, bundleDigest }) =>
          receipt.verified_upstream_segments[segment]?.bundle_sha256_hex !== bundleDigest,
      )
      .map(
        ({ segment }): CheckFinding => ({
          issueCode: 'S0_UPSTREAM_CHANGED',
          context: { segment },
          message: `the bundle of ${segment} is not the one that S0 verified`,
        }),
      );
    return unlessFound({ segments: 1 + world.upstream.length }, findings);
  });
}

/** Every file that a state's receipts name is there with the bytes that were committed. */
async function checkPresence(
  context: StateContext,
  checks: CheckList,
  state: 'S1' | 'S2' | 'S3' | 'S4',
  scopes: readonly { readonly scenario_id?: ScenarioId; readonly mbucket?: string }[],
): Promise<readonly Receipt[]> {
  const found: Receipt[] = [];
  await checks.run(`${state}_PRESENT`, state, async () => {
    const findings: CheckFinding[] = [];
    let files = 0;
    for (const scope of scopes) {
      const receipt = await findReceipt(context.runFolder, {
        state,
        manifest_fingerprint: context.run.manifestFingerprint,
        ...scope,
      });
      if (receipt === undefined) {
        const message = `${state} has not published ${Object.values(scope).join(' ')}`.trim();
        findings.push({ issueCode: `${state}_NOT_PUBLISHED`, context: { ...scope }, message });
        continue;
      }
      found.push(receipt);
      for (const { path, sha256 } of receipt.files) {
        files += 1;
        const digest = await digestOfFile(join(context.runFolder, path));
        if (digest === sha256) continue;
        const what = digest === undefined ? 'is missing' : 'was altered after it was published';
        findings.push({ issueCode: `${state}_FILE_ALTERED`, context: { path }, message: `${path} ${what}` });
      }
    }
    return unlessFound({ files }, findings);
  });
  return found;
}

function checkSpecVersions(
  { policies }: StateContext,
  checks: CheckList,
  receipts: ReadonlyMap<StateName, readonly Receipt[]>,
): void {
  const policy = policies.spec_compatibility;
  const majors = (['S1', 'S2', 'S3', 'S4'] as const).map((state) => {
    const own = new Set(
      receipts.get(state)?.map(({ spec_version: version }) => Number(version.split('.')[0])),
    );
    return { state, majors: [...own] };
  });
  const tuple = majors.map((one) => one.majors[0] ?? 0);
  const supported =
    majors.every(
      (one) =>
        one.majors.length === 1 &&
        one.majors.every((major) => policy.supported_majors[one.state].includes(major)),
    ) && policy.supported_tuples.some((allowed) => allowed.join() === tuple.join());
  const metrics = { majors: tuple };
  const found = {
    issueCode: 'SPEC_VERSIONS',
    context: metrics,
    message: `versions ${tuple.join('-')} are not validated together`,
  };
  const mismatch =
    policy.on_mismatch === 'WARN'
      ? ({ status: 'WARN', metrics, findings: [found] } as const)
      : failed(metrics, found);
  checks.record('SPEC_COMPATIBILITY', 'S5', supported ? passed(metrics) : mismatch);
}

async function hasFractionalZones(engine: Engine): Promise<boolean> {
  const row = await engine.one('select count(*) as zones from mapping where earlier > 0');
  return countIn(row, 'zones') > 0;
}

function surfaceFiles(
  context: StateContext,
  receipts: readonly Receipt[],
  scenarioId: ScenarioId,
): ReadonlyMap<Surface, readonly (readonly SurfacePart[])[]> {
  const emitted = surfaceDatasets.filter(
    ([surface]) => surface !== 'utc' || context.policies.scenario_horizon.emit_utc_intensities,
  );
  return new Map(
    emitted.map(([surface, { table }]) => {
      const buckets = Array.from({ length: merchantBuckets }, (_, bucket) => {
        const receipt = receipts.find(
          (one) => one.scenario_id === scenarioId && one.mbucket === merchantBucketLabel(bucket),
        );
        let rowsBefore = 0;
        return (receipt?.files ?? [])
          .filter(({ dataset }) => dataset === table.name)
          .map((file): SurfacePart => {
            const part = { path: join(context.runFolder, file.path), rowsBefore };
            rowsBefore += file.rows;
            return part;
          });
      });
      return [surface, buckets] as const;
    }),
  );
}

async function witnessOf(
  context: StateContext,
  engine: Engine,
  scenarioId: ScenarioId,
  buckets: number,
): Promise<JsonObject> {
  const rows = await engine.rows(
    'select merchant_id, legal_country_iso, tzid, channel_group from pair order by bucket, place',
  );
  const pairs = rows.map(
    ([merchant, country, tzid, channelGroup]): WitnessPair => ({
      merchantId: typeof merchant === 'bigint' ? merchant : 0n,
      country: String(country),
      tzid: String(tzid),
      channelGroup: String(channelGroup),
    }),
  );
  const prefix = witnessPrefix(context.run.manifestFingerprint, context.run.parameterHash, scenarioId);
  const sample = await sampleInWorkers(pairs, buckets, prefix, context.policies.validation.witness_rows);
  return {
    scenario_id: scenarioId,
    rows: sample.map(({ pair, h, hash64 }) => {
      const { merchantId, country, tzid, channelGroup } = pairs[pair] ?? {
        merchantId: 0n,
        country: '',
        tzid: '',
        channelGroup: '',
      };
      return {
        merchant_id: String(merchantId),
        legal_country_iso: country,
        tzid,
        channel_group: channelGroup,
        local_horizon_bucket_index: h,
        hash64: String(hash64),
      };
    }),
  };
}

async function profileCounts(context: StateContext) {
  const profile = await readCommittedTable(context, 'S1', merchantZoneProfile);
  const distinct = (name: string) => {
    const column = profile.columns.get(name);
    if (column?.type === 'string') return column.dictionary.length;
    return column?.type === 'u64' ? new Set(column.values).size : 0;
  };
  return {
    s1_rows: profile.rows,
    s1_merchants: distinct('merchant_id'),
    s1_countries: distinct('legal_country_iso'),
    s1_tzids: distinct('tzid'),
  };
}
