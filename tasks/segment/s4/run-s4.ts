import { join } from 'node:path';
import { datasetPath } from '../../../lib/segment-5a/dataset.ts';
import {
  merchantZoneBaseline,
  merchantZoneProfile,
  scenarioManifest,
} from '../../../lib/segment-5a/datasets.ts';
import { stringColumn } from '../../../lib/segment-5a/frame/build-columns.ts';
import {
  type Publication,
  publishOutputs,
  type StagedFile,
} from '../../../lib/segment-5a/frame/publish-outputs.ts';
import { readCommittedTable, readSealedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import { digestOfFile, findReceipt } from '../../../lib/segment-5a/frame/receipt-store.ts';
import { cell, dataFault } from '../../../lib/segment-5a/frame/segment-failure.ts';
import {
  type StateContext,
  type StateProgram,
  type StateWarning,
  specVersions,
} from '../../../lib/segment-5a/frame/states.ts';
import { strings, textOf, u64Values } from '../../../lib/segment-5a/frame/table-access.ts';
import { runPartition } from '../../../lib/segment-5a/frame/write-output.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import { merchantBucketLabel } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import { weekGrid } from '../../../lib/segment-5a/laws/week-grid.ts';
import { openGate } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { rowsByMerchantBucket } from '../../../lib/segment-5a/s3/compute-baseline.ts';
import { alignedBaseline } from '../../../lib/segment-5a/s4/baseline-part.ts';
import { calendarEvents } from '../../../lib/segment-5a/s4/calendar-events.ts';
import {
  type ComposedRow,
  composeSurfaces,
  type SurfaceBuffers,
  surfaceBuffers,
} from '../../../lib/segment-5a/s4/compose-surfaces.ts';
import { type ZoneProjection, zoneProjection } from '../../../lib/segment-5a/s4/horizon-projection.ts';
import { type OverlayCurves, overlayCurves } from '../../../lib/segment-5a/s4/overlay-curves.ts';
import { ScenarioFigures } from '../../../lib/segment-5a/s4/scenario-figures.ts';
import { type ScenarioInput, scenarioInput, zonesOf } from '../../../lib/segment-5a/s4/scenario-input.ts';
import { writeSurfaces } from '../../../lib/segment-5a/s4/write-surfaces.ts';
import { scenarioCalendarTable, zoneOffsetsTable } from '../../../lib/segment-5a/world-datasets.ts';
import { type Table, tableFrom } from '../../../lib/tables/columns.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';

/** Most values of a surface that are held at once; what a bucket has more of goes into further parts. */
const valuesOfPart = 1_024 * 2_160;

/** Everything of one scenario that does not depend on the merchant bucket. */
type ScenarioWork = {
  readonly scenarioId: ScenarioId;
  readonly input: ScenarioInput;
  readonly curves: OverlayCurves;
  readonly projections: ReadonlyMap<string, ZoneProjection>;
  readonly figures: ScenarioFigures;
};

/**
 * S4: λ = λ_base · F of every merchant-zone and horizon bucket, the factors on their own, and λ by
 * UTC; per scenario and merchant bucket, so that the bytes do not depend on how the work was divided.
 */
export const runS4: StateProgram = async (context, work) => {
  const { policies, phases, signal } = context;
  const gate = await openGate(context.runFolder, context.run, 'S4');
  const profile = await readCommittedTable(context, 'S1', merchantZoneProfile);
  const manifest = await readCommittedTable(context, 'S0', scenarioManifest);
  const zones = zonesOf(await readSealedTable(context, gate, zoneOffsetsTable, zoneOffsetsTable.table.name));
  const calendars = new Map<ScenarioId, Table>();
  for (const id of work.scenarioIds) {
    const partition = { scenario_id: id };
    const artifact = `scenario_calendar_5A.${id}`;
    calendars.set(id, await readSealedTable(context, gate, scenarioCalendarTable, artifact, partition));
  }
  const eventRows = [...calendars.values()].reduce((sum, { rows }) => sum + rows, 0);
  phases.complete('input_load_schema_validation', profile.rows + eventRows);

  const grid = weekGrid(policies.shape_time_grid);
  const zoneNames = strings(profile, 'tzid').dictionary;
  const scenarios: ScenarioWork[] = [];
  const warnings: StateWarning[] = [];
  for (const [scenarioId, calendar] of calendars) {
    const input = scenarioInput(manifest, scenarioId, policies.scenario_horizon.bucket_minutes);
    const projections = new Map<string, ZoneProjection>();
    for (const tzid of zoneNames) {
      const zone = zones.get(tzid) ?? unknownZone(tzid);
      projections.set(tzid, zoneProjection(zone, input.horizon, grid));
    }
    const events = calendarEvents(calendar, input.horizon, policies.scenario_overlay);
    const curves = overlayCurves(events, input.horizon.buckets, {
      overlay: policies.scenario_overlay,
      ordering: policies.overlay_ordering,
      validation: policies.overlay_validation,
    });
    const scenario = { scenarioId, input, curves, projections, figures: new ScenarioFigures() };
    const all = composedRows(
      profile,
      Uint32Array.from({ length: profile.rows }, (_, row) => row),
      scenario,
    );
    scenario.figures.addCurves(all.map(({ curve }) => curve));
    warnings.push(...scenario.figures.warnings(scenarioId, input.isBaseline, policies.overlay_validation));
    scenarios.push(scenario);
  }
  phases.complete('domain_horizon_mapping', profile.rows * scenarios.length);

  const bucketRows = rowsByMerchantBucket(profile);
  const publications: Publication[] = [];
  const buffers = surfaceBuffers(largestPart(bucketRows, scenarios));
  let done = 0;
  for (const bucket of work.buckets) {
    const rows = bucketRows[bucket] ?? new Uint32Array(0);
    const baseline = await requireBaseline(context, bucket, rows.length * grid.buckets);
    for (const scenario of scenarios) {
      signal.throwIfAborted();
      const staged = await stageBucket(
        context,
        profile,
        rows,
        baseline,
        bucket,
        grid.buckets,
        scenario,
        buffers,
      );
      publications.push(
        await phases.spend('output_write', () =>
          publishBucket(context, scenario, bucket, rows.length, staged),
        ),
      );
      done += 1;
      phases.progress(done, work.buckets.length * scenarios.length);
    }
  }
  const scenarioRows = scenarios.reduce((sum, { figures }) => sum + figures.rowsMade, 0);
  for (const lane of ['overlay_compute', 'output_schema_validation', 'output_write']) {
    phases.completeInterleaved(lane, scenarioRows);
  }
  const metrics: Record<string, JsonObject> = {};
  for (const { scenarioId, figures } of scenarios) metrics[scenarioId] = figures.metrics();
  const counts = {
    domain_rows: profile.rows,
    horizon_buckets: Math.max(0, ...scenarios.map(({ input }) => input.horizon.buckets)),
    event_rows: eventRows,
    overlay_rows: scenarioRows,
    scenario_rows: scenarioRows,
  };
  return { counts, metrics, warnings, publications };
};

function largestPart(bucketRows: readonly Uint32Array[], scenarios: readonly ScenarioWork[]): number {
  const rows = Math.max(0, ...bucketRows.map(({ length }) => length));
  const buckets = Math.max(0, ...scenarios.map(({ input }) => input.horizon.buckets));
  return Math.min(rows * buckets, Math.max(valuesOfPart, buckets));
}

async function stageBucket(
  context: StateContext,
  profile: Table,
  rows: Uint32Array,
  baseline: string,
  bucket: number,
  weekBuckets: number,
  scenario: ScenarioWork,
  buffers: SurfaceBuffers,
): Promise<readonly StagedFile[]> {
  const { buckets } = scenario.input.horizon;
  const parts = Math.max(1, Math.ceil(rows.length / Math.max(1, Math.floor(valuesOfPart / buckets))));
  const perPart = Math.ceil(rows.length / parts);
  const staged: StagedFile[] = [];
  for (let part = 0; part < parts; part += 1) {
    const own = rows.subarray(part * perPart, (part + 1) * perPart);
    const surfaces = await context.phases.spend('overlay_compute', async () => {
      const slice = { from: part * perPart * weekBuckets, rows: own.length * weekBuckets };
      const table = await readTable(baseline, merchantZoneBaseline.table, slice);
      const base = alignedBaseline(profile, own, table, weekBuckets);
      const composed = composedRows(profile, own, scenario, weekBuckets);
      const made = composeSurfaces(base, composed, buckets, weekBuckets, buffers);
      scenario.figures.addIntensities(made);
      return made;
    });
    const place = {
      scratch: context.scratch,
      partition: {
        ...runPartition(context),
        scenario_id: scenario.scenarioId,
        mbucket: merchantBucketLabel(bucket),
      },
      part,
      emitUtc: context.policies.scenario_horizon.emit_utc_intensities,
    };
    staged.push(
      ...(await context.phases.spend('output_schema_validation', () =>
        writeSurfaces(pairsOf(profile, own), buckets, surfaces, place),
      )),
    );
  }
  return staged;
}

function composedRows(
  profile: Table,
  rows: Uint32Array,
  { curves, projections }: Pick<ScenarioWork, 'curves' | 'projections'>,
  weekBuckets = 0,
): readonly ComposedRow[] {
  const merchants = u64Values(profile, 'merchant_id');
  const countries = strings(profile, 'legal_country_iso');
  const zones = strings(profile, 'tzid');
  const classes = strings(profile, 'demand_class');
  return Array.from(rows, (row, index) => {
    const tzid = textOf(zones, row);
    const scope = { country: textOf(countries, row), tzid, demandClass: textOf(classes, row) };
    return {
      baseAt: index * weekBuckets,
      curve: curves.of(scope, merchants[row] ?? 0n),
      projection: projections.get(tzid) ?? unknownZone(tzid),
    };
  });
}

function pairsOf(profile: Table, rows: Uint32Array): Table {
  const merchants = u64Values(profile, 'merchant_id');
  const text = (name: string) => {
    const { codes, dictionary } = strings(profile, name);
    return stringColumn(
      Uint32Array.from(rows, (row) => codes[row] ?? 0),
      dictionary,
    );
  };
  return tableFrom({
    merchant_id: { type: 'u64', values: BigUint64Array.from(rows, (row) => merchants[row] ?? 0n) },
    legal_country_iso: text('legal_country_iso'),
    tzid: text('tzid'),
    channel_group: text('channel_group'),
  });
}

/**
 * The file of a bucket of the baseline, whole and as S3 committed it, with as many rows as its
 * merchant-zones have. Its rows are read and aligned part by part, so that memory does not grow with it.
 */
async function requireBaseline(context: StateContext, bucket: number, rows: number): Promise<string> {
  const partition = { ...runPartition(context), mbucket: merchantBucketLabel(bucket) };
  const path = datasetPath(merchantZoneBaseline, partition);
  const scope = { state: 'S3', manifest_fingerprint: context.run.manifestFingerprint } as const;
  const receipt = await findReceipt(context.runFolder, scope);
  const committed = receipt?.files.find((file) => file.path === path);
  const file = join(context.runFolder, path);
  if (committed === undefined || (await digestOfFile(file)) !== committed.sha256) {
    return dataFault({
      code: 'S4_GATE_OR_S3_INVALID',
      message:
        committed === undefined
          ? 'S3 has not published this bucket'
          : 'the baseline was altered after S3 published it',
      where: path,
      remedy: committed === undefined ? 'Run S3 first.' : 'Stage a clean candidate and run S3 again.',
    });
  }
  if (committed.rows === rows) return file;
  return dataFault({
    code: 'S4_DOMAIN_ALIGNMENT_FAILED',
    message: 'the baseline has another number of rows than the profile asks for',
    where: cell('merchant_zone_baseline_local_5A', committed.rows, 'rows'),
    value: `${committed.rows}, expected ${rows}`,
    remedy: 'Run S3 again for this profile.',
  });
}

function publishBucket(
  context: StateContext,
  { scenarioId, input }: ScenarioWork,
  bucket: number,
  pairs: number,
  files: readonly StagedFile[],
): Promise<Publication> {
  const { run } = context;
  return publishOutputs({
    runFolder: context.runFolder,
    scratch: context.scratch,
    receipt: {
      state: 'S4',
      spec_version: specVersions.S4,
      manifest_fingerprint: run.manifestFingerprint,
      parameter_hash: run.parameterHash,
      scenario_id: scenarioId,
      mbucket: merchantBucketLabel(bucket),
      counts: {
        domain_rows: pairs,
        horizon_buckets: input.horizon.buckets,
        scenario_rows: pairs * input.horizon.buckets,
      },
    },
    files,
  });
}

function unknownZone(tzid: string): never {
  return dataFault({
    code: 'S4_HORIZON_GRID_INVALID',
    message: 'the zone table of the world does not have this zone',
    where: cell('zone_offsets', 0, 'tzid'),
    value: tzid,
    remedy: 'Add the offsets of the zone to zone_offsets.',
  });
}
