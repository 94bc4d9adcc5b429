import { checkDeadline, deadlineAfter } from '../../lib/operator/plan-launch.ts';
import { openWorld } from '../../lib/segment-5a/s0/open-world.ts';
import { segmentContract } from '../../lib/task-contracts/segment.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { runIdAt, runIdSchema, segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { parseDuration } from '../../lib/vocabulary/instant.ts';
import { chosenWorld } from './chosen-world.ts';
import type { CommandContext } from './command-context.ts';
import { conductExecution, reportConclusion } from './conduct-execution.ts';
import { followSegment, segmentDetails, startSegment, summaryOf } from './conduct-segment.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { type PhaseOptions, phaseWish } from './phase.ts';
import { readStates } from './read-state.ts';
import { scenariosOfRun } from './run-scenarios.ts';
import { launchTask } from './run-task.ts';
import { runsPlace, runsRootOf } from './runs-place.ts';

export type SegmentRunOptions = PhaseOptions & {
  readonly world?: string;
  readonly scale?: string;
  readonly seed: string;
  readonly runsRoot?: string;
  readonly states?: string;
  readonly partitions: string;
  readonly scenario?: readonly string[];
  readonly policies?: string;
  readonly segmentRun?: string;
  readonly deadline?: string;
  readonly run?: string;
};

/**
 * `fraudctl segment run`: the whole data engine as one execution of `segment-5a`: S0 … S3, then S4 in
 * lanes of scenario and partition, then S5 over everything. With `--states`, only those, as one task.
 * Throws `PHASE_TAKES_ALL_SCENARIOS` (64) and what `scenariosOfRun` throws.
 */
export async function segmentRun(context: CommandContext, options: SegmentRunOptions): Promise<number> {
  requireWholeWorld(options);
  const partitions = readPartitions(options.partitions);
  const states = options.states === undefined ? undefined : readStates(options.states, '--states');
  const deadline = deadlineAfter(
    context.now(),
    options.deadline === undefined
      ? segmentContract.deadline.default
      : parseDuration(options.deadline, '--deadline'),
  );
  checkDeadline(segmentContract, deadline, context.now());
  const runId =
    options.run === undefined ? runIdAt(context.now()) : parseIdentifier(runIdSchema, options.run, '--run');
  const segmentRunId =
    options.segmentRun === undefined
      ? undefined
      : parseIdentifier(segmentRunIdSchema, options.segmentRun, '--segment-run');
  const place = await runsPlace(context, () => runsRootOf(options.runsRoot));
  const { runsRoot } = place;
  const folder = await chosenWorld(context, place, options);
  const opened = await openWorld(folder, context.signal);
  const scenarios = await scenariosOfRun(place, {
    world: opened,
    wanted: options.scenario,
    segmentRunId,
    states,
  });
  const world = await place.shareWorld(folder, opened);
  const plan = {
    runsRoot,
    world,
    ...scenarios,
    partitions,
    ...(options.policies === undefined ? {} : { policies: await place.sharePolicies(options.policies) }),
    ...(segmentRunId === undefined ? {} : { segmentRunId }),
  };
  context.output.progress(`runs root ${runsRoot}`);
  if (states !== undefined) {
    const { environment, execution } = await launchTask(context, {
      task: segmentContract.name,
      parameters: JSON.stringify({
        states,
        runs_root: runsRoot,
        world,
        ...(plan.policies === undefined ? {} : { policies: plan.policies }),
        ...(scenarios.runScenarioIds === undefined ? {} : { run_scenario_ids: scenarios.runScenarioIds }),
        scenario_ids: scenarios.scenarioIds,
        ...(segmentRunId === undefined ? {} : { segment_run_id: segmentRunId }),
      }),
      deadline,
      runId,
      lane: undefined,
      executionId: undefined,
      relaunchWaitSeconds: 5,
      phase: phaseWish(options),
    });
    const conclusion = await conductExecution(context, environment, execution);
    const details = segmentDetails(runsRoot, summaryOf(conclusion));
    return reportConclusion(context, environment, execution, conclusion, details);
  }
  const environment = await context.openEnvironment();
  const execution = await startSegment(context, environment, runId, plan, deadline, phaseWish(options));
  const { conclusion, summary } = await followSegment(context, environment, execution);
  return reportConclusion(context, environment, execution, conclusion, segmentDetails(runsRoot, summary));
}

/** A phase closes on a run of the whole world, which a run of named scenarios would be found out not to be at its end. */
function requireWholeWorld({ phase, scenario }: SegmentRunOptions): void {
  if (phase === undefined || scenario === undefined) return;
  fail({
    exit: 'usage',
    code: 'PHASE_TAKES_ALL_SCENARIOS',
    message: 'a phase closes on a run of all scenarios of its world, and here some are named',
    where: '--scenario',
    value: scenario.join(),
    remedy: 'Leave out --scenario; or leave out --phase, for a run that closes none.',
  });
}

function readPartitions(text: string): number {
  const partitions = Number(text);
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= 8) return partitions;
  return fail({
    exit: 'usage',
    code: 'PARTITIONS_MALFORMED',
    message: 'the number of partitions is a whole number from 1 to 8',
    where: '--partitions',
    value: text,
    remedy: 'Merchants are kept in 8 buckets, so more partitions have nothing to do.',
  });
}
