import { join } from 'node:path';
import { datasetPath } from '../../../lib/segment-5a/dataset.ts';
import type { StateContext } from '../../../lib/segment-5a/frame/states.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import type { Horizon } from '../../../lib/segment-5a/laws/horizon.ts';
import { type CheckList, passed } from '../../../lib/segment-5a/s5/check.ts';
import type { Engine } from '../../../lib/segment-5a/s5/engine.ts';
import { expectScenario } from '../../../lib/segment-5a/s5/expectation.ts';
import { checkSurfaces, type SurfaceFiles } from '../../../lib/segment-5a/s5/surface-checks.ts';
import type { WitnessPair, WitnessRow } from '../../../lib/segment-5a/s5/witness.ts';
import { judgeWitness, witnessDocument } from '../../../lib/segment-5a/s5/witness-document.ts';
import { witnessValues } from '../../../lib/segment-5a/s5/witness-values.ts';
import { minutesPerDay } from '../../../lib/segment-5a/vocabulary.ts';
import { scenarioCalendarTable } from '../../../lib/segment-5a/world-datasets.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';

export type ScenarioJudgement = {
  readonly scenarioId: ScenarioId;
  readonly horizon: Horizon;
  readonly zoneOffsets: string;
  readonly weekBuckets: number;
  readonly files: SurfaceFiles;
  readonly pairs: readonly WitnessPair[];
  readonly sample: Promise<readonly WitnessRow[]>;
  /** Called once for each scan of a surface. */
  readonly progress: () => void;
};

/** Judges every row of the surfaces of a scenario. Returns its witness, or nothing when it could not be had. */
export async function judgeScenario(
  { world, policies }: StateContext,
  engine: Engine,
  checks: CheckList,
  scenario: ScenarioJudgement,
): Promise<readonly JsonObject[]> {
  const { scenarioId, horizon, zoneOffsets, weekBuckets, files, pairs } = scenario;
  let fractionalZones = false;
  await checks.run(
    'S5_EXPECTATION',
    'S5',
    async () => {
      fractionalZones = await expectScenario(engine, {
        horizon,
        calendar: join(world.data, datasetPath(scenarioCalendarTable, { scenario_id: scenarioId })),
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
    fractionalZones,
    factorBounds: policies.scenario_overlay.factor_bounds,
    rails: { below, above, epsilon },
  };
  await checkSurfaces(engine, checks, files, laws, policies.validation, scenarioId, scenario.progress);
  const witness: JsonObject[] = [];
  await checks.run(
    'S5_WITNESS',
    'S5',
    async () => {
      const sample = await scenario.sample;
      const values = await witnessValues(engine, sample, files.get('local') ?? [], laws);
      witness.push(witnessDocument(scenarioId, pairs, sample, values));
      return judgeWitness(values);
    },
    scenarioId,
  );
  return witness;
}
