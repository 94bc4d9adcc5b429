import { join } from 'node:path';
import { type Dataset, datasetPath } from '../../../lib/segment-5a/dataset.ts';
import {
  classShapeCatalogue,
  classZoneBaseline,
  classZoneShape,
  merchantClassProfile,
  merchantZoneBaseline,
  merchantZoneProfile,
  scenarioManifest,
  shapeGridDefinition,
} from '../../../lib/segment-5a/datasets.ts';
import { readCommittedTable } from '../../../lib/segment-5a/frame/read-input.ts';
import type { StateContext, StateWork } from '../../../lib/segment-5a/frame/states.ts';
import { runPartition } from '../../../lib/segment-5a/frame/write-output.ts';
import { merchantBucketLabel, merchantBuckets } from '../../../lib/segment-5a/laws/merchant-bucket.ts';
import { plansOfRun, scenarioPlans } from '../../../lib/segment-5a/s0/scenario-plans.ts';
import { checkCatalogue } from '../../../lib/segment-5a/s5/catalogue-recomputation.ts';
import { CheckList, failed, passed } from '../../../lib/segment-5a/s5/check.ts';
import { type Engine, openEngine } from '../../../lib/segment-5a/s5/engine.ts';
import { expectPairs } from '../../../lib/segment-5a/s5/expectation.ts';
import { checkScenarioManifest } from '../../../lib/segment-5a/s5/scenario-checks.ts';
import { checkShapeValues } from '../../../lib/segment-5a/s5/shape-recomputation.ts';
import { scansOfSurface } from '../../../lib/segment-5a/s5/surface-counts.ts';
import { checkUpstream } from '../../../lib/segment-5a/s5/upstream-checks.ts';
import type { WitnessPair } from '../../../lib/segment-5a/s5/witness.ts';
import { witnessPairs } from '../../../lib/segment-5a/s5/witness-document.ts';
import { minutesPerDay } from '../../../lib/segment-5a/vocabulary.ts';
import {
  merchantsTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../../../lib/segment-5a/world-datasets.ts';
import type { Table } from '../../../lib/tables/columns.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { drawSamples } from './draw-samples.ts';
import { findPublished, type Published, surfaceFiles } from './find-published.ts';
import { judgeScenario } from './judge-scenario.ts';

/** What was found about a run, before anything is sealed. */
export type Judgement = {
  readonly checks: CheckList;
  readonly published: Published;
  readonly profile: Table;
  /** The sampled rows of each scenario with their values. */
  readonly witness: readonly JsonObject[];
  /** Horizon buckets that were compared, of all scenarios. */
  readonly buckets: number;
};

/**
 * Judges every row of the run; what does not hold becomes a check that fails, and never stops the others.
 * Manifest and profile say what there is to judge: without them nothing is, and `S5_GATE_RECEIPT_INVALID`
 * (65) is thrown.
 */
export async function judgeRun(context: StateContext, work: StateWork): Promise<Judgement> {
  const checks = new CheckList();
  const published = await findPublished(context, work, checks);
  const manifest = await readCommittedTable(context, 'S0', scenarioManifest);
  const profile = await readCommittedTable(context, 'S1', merchantZoneProfile);
  context.phases.complete('input_load_schema_validation', manifest.rows + profile.rows);
  const engine = await openEngine(context.scratch);
  try {
    const judged = await judgeRows(context, work, engine, checks, { published, manifest, profile });
    return { checks, published, profile, ...judged };
  } finally {
    engine.close();
  }
}

async function judgeRows(
  context: StateContext,
  work: StateWork,
  engine: Engine,
  checks: CheckList,
  { published, manifest, profile }: Pick<Judgement, 'published' | 'profile'> & { readonly manifest: Table },
): Promise<Pick<Judgement, 'witness' | 'buckets'>> {
  const { policies, phases, run, runFolder, signal } = context;
  const partition = runPartition(context);
  const fileOf = (dataset: Dataset, more: JsonObject = {}) =>
    join(runFolder, datasetPath(dataset, { ...partition, ...more }));
  const worldFile = (dataset: Dataset) => join(context.world.data, datasetPath(dataset, {}));
  const files = {
    world: {
      merchants: worldFile(merchantsTable),
      zoneAlloc: worldFile(zoneAllocTable),
      virtualClassification: worldFile(virtualClassificationTable),
    },
    profile: fileOf(merchantZoneProfile),
    classProfile: fileOf(merchantClassProfile),
    grid: fileOf(shapeGridDefinition),
    shape: fileOf(classZoneShape),
    baseline: Array.from({ length: merchantBuckets }, (_, bucket) =>
      fileOf(merchantZoneBaseline, { mbucket: merchantBucketLabel(bucket) }),
    ),
    classBaseline: fileOf(classZoneBaseline),
  };
  const zoneOffsets = worldFile(zoneOffsetsTable);
  const weekBuckets = (7 * minutesPerDay) / policies.shape_time_grid.bucket_minutes;
  let pairs: readonly WitnessPair[] = [];
  await checks.run('S5_EXPECTATION', 'S5', async () => {
    await expectPairs(engine, { ...files, zoneOffsets }, weekBuckets);
    pairs = await witnessPairs(engine);
    const metrics = { pairs: pairs.length };
    if (pairs.length > 0) return passed(metrics);
    // Nothing found agrees with nothing expected, in every check that compares the two.
    const message = 'the profile has no merchant-zone';
    return failed(metrics, { issueCode: 'S5_NOTHING_EXPECTED', context: metrics, message });
  });
  const scenarios = await readTable(worldFile(scenariosTable), scenariosTable.table);
  const plans = plansOfRun(run, scenarioPlans(scenarios, policies.scenario_horizon));
  await checks.run('S0_SCENARIO_MANIFEST', 'S0', () => checkScenarioManifest(manifest, plans));
  // Of the world, so that a surface of another horizon is found out whatever the manifest says.
  const horizons = new Map(plans.map(({ scenarioId, horizon }) => [scenarioId, horizon] as const));
  const samples = drawSamples(context, pairs, horizons);
  await checks.run('S2_RECOMPOSITION', 'S2', async () =>
    checkShapeValues(
      await readTable(files.shape, classZoneShape.table),
      policies,
      run.parameterHash,
      policies.validation.tolerances.shape_recomputation.relative,
    ),
  );
  await checks.run('S2_CATALOGUE', 'S2', async () => {
    const catalogue = await readTable(fileOf(classShapeCatalogue), classShapeCatalogue.table);
    return checkCatalogue(catalogue, profile, policies, run.parameterHash);
  });
  await checkUpstream(engine, checks, files, {
    parameterHash: run.parameterHash,
    classes: policies.merchant_class,
    scale: policies.demand_scale,
    timeGrid: policies.shape_time_grid,
    weekBuckets,
    tolerances: policies.validation.tolerances,
  });
  const surfaces = new Map(work.scenarioIds.map((id) => [id, surfaceFiles(context, published, id)]));
  const scans = [...surfaces.values()].reduce((sum, { size }) => sum + size * scansOfSurface, 0);
  let done = 0;
  const progress = () => {
    done += 1;
    phases.progress(done, scans);
  };
  const witness: JsonObject[] = [];
  let buckets = 0;
  for (const [scenarioId, horizon] of horizons) {
    signal.throwIfAborted();
    const scenario = { scenarioId, horizon, zoneOffsets, weekBuckets, pairs, progress };
    const files = surfaces.get(scenarioId) ?? new Map();
    const sample = samples.get(scenarioId) ?? Promise.resolve([]);
    witness.push(...(await judgeScenario(context, engine, checks, { ...scenario, files, sample })));
    buckets += horizon.buckets;
  }
  return { witness, buckets };
}
