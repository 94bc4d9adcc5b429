import type { StateName } from '../../lib/segment-5a/frame/states.ts';
import type { ScenarioId } from '../../lib/segment-5a/identity.ts';
import type { World } from '../../lib/segment-5a/s0/open-world.ts';
import { scenariosNamed, worldScenarioIds } from '../../lib/segment-5a/s0/world-scenarios.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { SegmentRunId } from '../../lib/vocabulary/identifiers.ts';
import { didYouMean } from '../../lib/vocabulary/nearest-names.ts';
import type { SegmentPlan } from '../../lib/workflows/plan-segment-5a.ts';
import type { RunsPlace } from './runs-place.ts';

export type ScenarioWish = {
  readonly world: World;
  /** Those that are named; all of the run without it. */
  readonly wanted?: readonly string[] | undefined;
  readonly segmentRunId?: SegmentRunId | undefined;
  /** All of them without it. */
  readonly states?: readonly StateName[] | undefined;
};

/**
 * The scenarios of a run, and those of them that are worked on: a run has those that it began with, so what is
 * named begins a run of its own, or is a part of a run that is named as well. Throws `SCENARIO_UNKNOWN` and
 * `SCENARIOS_NOT_OF_RUN` (64).
 */
export async function scenariosOfRun(
  place: Pick<RunsPlace, 'runReceipt'>,
  { world, wanted, segmentRunId, states }: ScenarioWish,
): Promise<Pick<SegmentPlan, 'scenarioIds' | 'runScenarioIds'>> {
  const known = await worldScenarioIds(world);
  const scenarioIds = scenariosNamed(wanted ?? [], known, (id) => unknownScenario(id, known));
  const receipt = segmentRunId === undefined ? undefined : await place.runReceipt(segmentRunId);
  if (segmentRunId === undefined || receipt === undefined) {
    return { scenarioIds, ...(scenarioIds.length === known.length ? {} : { runScenarioIds: scenarioIds }) };
  }
  const own = receipt.scenario_ids ?? known;
  const chosen = scenariosNamed(wanted ?? [], own, (id) =>
    notOfRun(segmentRunId, id, `it is a run of ${own.join(', ')}`),
  );
  if (chosen.length < own.length && (states === undefined || states.includes('S5'))) {
    notOfRun(segmentRunId, chosen.join(), `S5 judges all scenarios of a run, here ${own.join(', ')}`);
  }
  const part = receipt.scenario_ids;
  return { scenarioIds: chosen, ...(part === undefined ? {} : { runScenarioIds: part }) };
}

function unknownScenario(id: string, known: readonly ScenarioId[]): never {
  return fail({
    exit: 'usage',
    code: 'SCENARIO_UNKNOWN',
    message: 'the world has no scenario of this name',
    where: '--scenario',
    value: id,
    remedy: `${didYouMean(id, known)}Scenarios of this world: ${known.join(', ')}.`,
  });
}

function notOfRun(runId: SegmentRunId, value: string, why: string): never {
  return fail({
    exit: 'usage',
    code: 'SCENARIOS_NOT_OF_RUN',
    message: `these are not the scenarios of ${runId}: ${why}`,
    where: '--scenario',
    value,
    remedy: 'Leave out --scenario; or leave out --segment-run, for a run of these scenarios alone.',
  });
}
