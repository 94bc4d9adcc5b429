import { type EnvironmentName, runControlPrefix } from '../../config/names.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { segmentContract } from '../task-contracts/segment.ts';
import { fail } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId } from '../vocabulary/identifiers.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { maximumLanes } from '../workflows/lanes.ts';
import { launchTimeoutSeconds } from '../workflows/one-shot-input.ts';
import { type SegmentPlan, segment5aInput, segmentParameters } from '../workflows/plan-segment-5a.ts';
import { passParameters } from './pass-parameters.ts';
import { checkDeadline, type ExecutionPlan } from './plan-launch.ts';

export type SegmentWish = {
  readonly environment: EnvironmentName;
  readonly executionId: ExecutionId;
  readonly runId: RunId;
  readonly taskDefinition: string;
  readonly plan: SegmentPlan;
  readonly deadline: Instant;
  readonly now: number;
  readonly relaunchWaitSeconds: number;
};

/**
 * Turns a run of the data engine into the exact bytes of an execution of `segment-5a`. Pure.
 * Throws `TOO_MANY_LANES` and what `passParameters` and `checkDeadline` throw; all 64.
 */
export function planSegmentRun(wish: SegmentWish): ExecutionPlan {
  checkDeadline(segmentContract, wish.deadline, wish.now);
  const lanes = wish.plan.scenarioIds.length * wish.plan.partitions;
  if (lanes < 1 || lanes > maximumLanes) {
    fail({
      exit: 'usage',
      code: 'TOO_MANY_LANES',
      message: `${wish.plan.scenarioIds.length} scenarios in ${wish.plan.partitions} partitions make ${lanes} lanes; 1 … ${maximumLanes} are possible`,
      where: '--partitions',
      value: String(wish.plan.partitions),
      remedy: 'Give fewer partitions, or name fewer scenarios with --scenario.',
    });
  }
  const parameters = segmentParameters(wish.plan);
  const prefix = `${runControlPrefix(wish.environment, wish.executionId)}parameters/`;
  const pass = (name: string, value: object) =>
    passParameters(segmentContract, JSON.parse(JSON.stringify(value)), `${prefix}${name}.json`);
  const prepare = pass('prepare', parameters.prepare);
  const passedLanes = parameters.lanes.map((lane, index) => pass(`lane-${index}`, lane));
  const validate = pass('validate', parameters.validate);
  const input = segment5aInput(
    {
      environment: wish.environment,
      run_id: wish.runId,
      task_definition: wish.taskDefinition,
      deadline: wish.deadline,
      timeout_seconds: launchTimeoutSeconds(wish.now, wish.deadline, segmentContract.stopGrace),
      relaunch_wait_seconds: wish.relaunchWaitSeconds,
    },
    wish.executionId,
    {
      prepare: prepare.passing,
      lanes: passedLanes.map(({ passing }) => passing),
      validate: validate.passing,
    },
  );
  return {
    executionId: wish.executionId,
    intent: canonicalBytes(JSON.parse(JSON.stringify(input))),
    objects: [prepare, ...passedLanes, validate].flatMap(({ object }) => object ?? []),
  };
}
