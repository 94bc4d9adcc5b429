import { merchantZoneProfile, scenarioManifest } from '../../../lib/segment-5a/datasets.ts';
import {
  type Publication,
  publishOutputs,
  type StagedFile,
} from '../../../lib/segment-5a/frame/publish-outputs.ts';
import { readCommittedTable, readSealedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import {
  type StateContext,
  type StateOutcome,
  type StateProgram,
  type StateWarning,
  type StateWork,
  specVersions,
} from '../../../lib/segment-5a/frame/states.ts';
import { strings } from '../../../lib/segment-5a/frame/table-access.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import { merchantBucketLabel } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import { weekGrid } from '../../../lib/segment-5a/laws/week-grid.ts';
import { openGate } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { rowsByMerchantBucket } from '../../../lib/segment-5a/s3/compute-baseline.ts';
import { calendarEvents } from '../../../lib/segment-5a/s4/calendar-events.ts';
import { surfaceBuffers } from '../../../lib/segment-5a/s4/compose-surfaces.ts';
import { type ZoneProjection, zoneProjection } from '../../../lib/segment-5a/s4/horizon-projection.ts';
import { overlayCurves } from '../../../lib/segment-5a/s4/overlay-curves.ts';
import { ScenarioFigures } from '../../../lib/segment-5a/s4/scenario-figures.ts';
import { scenarioInput, zonesOf } from '../../../lib/segment-5a/s4/scenario-input.ts';
import { scenarioCalendarTable, zoneOffsetsTable } from '../../../lib/segment-5a/world-datasets.ts';
import type { Table } from '../../../lib/tables/columns.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { requireBaseline } from './require-baseline.ts';
import { composedRows, type ScenarioWork, unknownZone } from './scenario-work.ts';
import { largestPart, stageBucket } from './stage-bucket.ts';

/**
 * S4: λ = λ_base · F of every merchant-zone and horizon bucket, the factors on their own, and λ by
 * UTC; per scenario and merchant bucket, so that the bytes do not depend on how the work was divided.
 */
export const runS4: StateProgram = (context, work) => runS4InParts(context, work, 1_024 * 2_160);

/** S4 with at most so many values of a surface in a part. */
export const runS4InParts = async (
  context: StateContext,
  work: StateWork,
  valuesOfPart: number,
): Promise<StateOutcome> => {
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
  const buffers = surfaceBuffers(largestPart(bucketRows, scenarios, valuesOfPart));
  let done = 0;
  for (const bucket of work.buckets) {
    const rows = bucketRows[bucket] ?? new Uint32Array(0);
    const baseline = await requireBaseline(context, bucket, rows.length * grid.buckets);
    const bucketWork = { bucket, profile, rows, baseline, weekBuckets: grid.buckets, valuesOfPart };
    for (const scenario of scenarios) {
      signal.throwIfAborted();
      const staged = await stageBucket(context, bucketWork, scenario, buffers);
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
  for (const { scenarioId, figures } of scenarios) {
    // By scenario, so that the sum over a run does not depend on which of them were one task.
    metrics[scenarioId] = { ...figures.metrics(), event_rows: calendars.get(scenarioId)?.rows ?? 0 };
  }
  const counts = {
    domain_rows: profile.rows,
    horizon_buckets: Math.max(0, ...scenarios.map(({ input }) => input.horizon.buckets)),
    event_rows: eventRows,
    overlay_rows: scenarioRows,
    scenario_rows: scenarioRows,
  };
  return { counts, metrics, warnings, publications };
};

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
