import { type EnvironmentName, runControlPrefix, serviceName } from '../../config/names.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { reaperMarginSeconds } from '../reaper/overdue.ts';
import { burstContract } from '../task-contracts/burst.ts';
import { gateContract } from '../task-contracts/gate.ts';
import type { ExecutionId, RunId } from '../vocabulary/identifiers.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { boundedBurstTimeoutSeconds } from '../workflows/bounded-burst.ts';
import { boundedBurstInputSchema } from '../workflows/bounded-burst-input.ts';
import { laneStride } from '../workflows/lanes.ts';
import { launchTimeoutSeconds, type ParameterPassing } from '../workflows/one-shot-input.ts';
import {
  type BurstSource,
  burstDeadlines,
  burstParameters,
  proofOfBound,
  type ReviewedBurst,
} from '../workflows/plan-bounded-burst.ts';
import { passParameters } from './pass-parameters.ts';
import type { ExecutionPlan } from './plan-launch.ts';

export type BurstWish = {
  readonly environment: EnvironmentName;
  readonly executionId: ExecutionId;
  readonly runId: RunId;
  readonly taskDefinition: string;
  readonly reviewed: ReviewedBurst;
  readonly source: BurstSource;
  /** Whether its rate is to be recorded as a baseline, whoever follows it to its end. */
  readonly recordBaseline?: boolean | undefined;
  readonly now: number;
  readonly relaunchWaitSeconds: number;
};

/**
 * Turns a burst into the exact bytes of an execution of `bounded-burst`, with the proof that it ends
 * among what is stored before it starts. Pure. Throws what `passParameters` throws (64).
 */
export function planBurst(wish: BurstWish): ExecutionPlan {
  const { now } = wish;
  const { plan } = wish.reviewed;
  const parameters = burstParameters(wish.reviewed, wish.source);
  const prefix = runControlPrefix(wish.environment, wish.executionId);
  const pass = (name: string, value: object) =>
    passParameters(burstContract, JSON.parse(JSON.stringify(value)), `${prefix}parameters/${name}.json`);
  const open = pass('open', parameters.open);
  const lanes = parameters.lanes.map((lane) => pass(`lane-${lane.lane}`, lane));
  const close = pass('close', parameters.close);
  const deadlines = burstDeadlines(plan, now);
  const launch = (passing: ParameterPassing, deadline: Instant, number: number) => ({
    environment: wish.environment,
    run_id: wish.runId,
    task_definition: wish.taskDefinition,
    deadline,
    timeout_seconds: launchTimeoutSeconds(now, deadline, burstContract.stopGrace),
    relaunch_wait_seconds: wish.relaunchWaitSeconds,
    launch: { number, attempt: 0 as const },
    parameters: passing,
  });
  const input = boundedBurstInputSchema.parse({
    schema: 'fraud-platform/bounded-burst-input/v1',
    environment: wish.environment,
    execution_id: wish.executionId,
    run_id: wish.runId,
    gate_service: serviceName(wish.environment, gateContract.name),
    open: launch(open.passing, deadlines.open, 0),
    lanes: lanes.map(({ passing }, lane) => launch(passing, deadlines.lanes, lane * laneStride)),
    close: launch(close.passing, deadlines.close, 0),
    ...(wish.recordBaseline === true ? { record_baseline: true } : {}),
  });
  const bound = proofOfBound(
    plan,
    now,
    burstContract.stopGrace / 1_000,
    reaperMarginSeconds,
    boundedBurstTimeoutSeconds,
  );
  return {
    executionId: wish.executionId,
    intent: canonicalBytes(JSON.parse(JSON.stringify(input))),
    objects: [
      ...[open, ...lanes, close].flatMap(({ object }) => object ?? []),
      {
        key: `${prefix}proof-of-bound.json`,
        content: canonicalBytes(JSON.parse(JSON.stringify(bound))),
      },
    ],
  };
}
