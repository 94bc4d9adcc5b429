import { join } from 'node:path';
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
} from '../../../lib/segment-5a/datasets.ts';
import { readCommittedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import type { Receipt } from '../../../lib/segment-5a/frame/receipt.ts';
import type { StateContext, StateName, StateWork } from '../../../lib/segment-5a/frame/states.ts';
import { runPartition } from '../../../lib/segment-5a/frame/write-output.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import { merchantBucketLabel, merchantBuckets } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import { scenarioInput } from '../../../lib/segment-5a/s4/scenario-input.ts';
import { CheckList, passed } from '../../../lib/segment-5a/s5/check.ts';
import { countIn, type Engine, openEngine } from '../../../lib/segment-5a/s5/engine.ts';
import { expectPairs, expectScenario } from '../../../lib/segment-5a/s5/expectation.ts';
import { checkGate, checkPresence, checkSpecVersions } from '../../../lib/segment-5a/s5/published-checks.ts';
import { checkShapeValues } from '../../../lib/segment-5a/s5/shape-recomputation.ts';
import { checkSurfaces } from '../../../lib/segment-5a/s5/surface-checks.ts';
import { scansOfSurface } from '../../../lib/segment-5a/s5/surface-counts.ts';
import type { Surface, SurfacePart } from '../../../lib/segment-5a/s5/surface-scan.ts';
import { checkUpstream } from '../../../lib/segment-5a/s5/upstream-checks.ts';
import { witnessOf, witnessPairs } from '../../../lib/segment-5a/s5/witness-document.ts';
import { minutesPerDay } from '../../../lib/segment-5a/vocabulary.ts';
import { scenarioCalendarTable, zoneOffsetsTable } from '../../../lib/segment-5a/world-datasets.ts';
import type { Table } from '../../../lib/tables/columns.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';

const surfaceDatasets: readonly (readonly [Surface, Dataset])[] = [
  ['local', merchantZoneScenarioLocal],
  ['factors', merchantZoneOverlayFactors],
  ['utc', merchantZoneScenarioUtc],
];

/** What was found about a run, before anything is sealed. */
export type Judgement = {
  readonly checks: CheckList;
  /** What the states before published, by state. */
  readonly receipts: ReadonlyMap<StateName, readonly Receipt[]>;
  /** The sampled values of each scenario with their digests. */
  readonly witness: readonly JsonObject[];
  /** Horizon buckets that were compared, of all scenarios. */
  readonly buckets: number;
};

/** Judges every row of the run; what does not hold becomes a check that fails, and never stops the others. */
export async function judgeRun(context: StateContext, work: StateWork): Promise<Judgement> {
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
  let witness: readonly JsonObject[] = [];
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
    // The sample depends on keys alone: other threads take it while the engine compares the rows.
    const sampled = sampleScenarios(context, await witnessPairs(engine), work.scenarioIds, manifest);
    sampled.catch(() => undefined);
    await checks.run('S2_RECOMPOSITION', 'S2', async () =>
      checkShapeValues(
        await readTable(files.shape, classZoneShape.table),
        policies,
        run.parameterHash,
        policies.validation.tolerances.shape_recomputation.relative,
      ),
    );
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
      const total = work.scenarioIds.length * surfaces.size * scansOfSurface;
      let done = index * surfaces.size * scansOfSurface;
      await checkSurfaces(engine, checks, surfaces, laws, policies.validation, scenarioId, () => {
        done += 1;
        phases.progress(done, total);
      });
      rows += horizon.buckets;
    }
    witness = await sampled;
  } finally {
    engine.close();
  }
  return { checks, receipts, witness, buckets: rows };
}

/** The witness of every scenario, one after the other: each takes all threads that there are. */
async function sampleScenarios(
  context: StateContext,
  pairs: Awaited<ReturnType<typeof witnessPairs>>,
  scenarioIds: readonly ScenarioId[],
  manifest: Table,
): Promise<readonly JsonObject[]> {
  const witness: JsonObject[] = [];
  for (const scenarioId of scenarioIds) {
    context.signal.throwIfAborted();
    const { bucket_minutes } = context.policies.scenario_horizon;
    const { horizon } = scenarioInput(manifest, scenarioId, bucket_minutes);
    witness.push(await witnessOf(context, pairs, scenarioId, horizon.buckets));
  }
  return witness;
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
