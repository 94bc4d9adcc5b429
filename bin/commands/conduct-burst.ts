import type { LoadedGateSpec } from '../../lib/burst/load-gate-spec.ts';
import type { LoadedPlan } from '../../lib/burst/load-plan.ts';
import { claimName } from '../../lib/operator/claim-name.ts';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { admitToPhase, type PhaseWish, withAttempt } from '../../lib/operator/phases.ts';
import { planBurst } from '../../lib/operator/plan-burst.ts';
import { mintRunScope, recordRunScope } from '../../lib/operator/record-run-scope.ts';
import { resolveTaskDefinition } from '../../lib/operator/resolve-task-definition.ts';
import { startExecution } from '../../lib/operator/start-execution.ts';
import { burstContract } from '../../lib/task-contracts/burst.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { laneSchema, type RunId } from '../../lib/vocabulary/identifiers.ts';
import type { BurstSource, ReviewedBurst } from '../../lib/workflows/plan-bounded-burst.ts';
import { BurstView } from '../terminal/show-burst.ts';
import { adjudicate } from './burst-adjudicate.ts';
import { type MeasuredBurst, measuredDetails, recordBaseline } from './burst-evidence.ts';
import type { CommandContext } from './command-context.ts';
import {
  type Conclusion,
  type ConclusionDetails,
  type ConductedExecution,
  conductExecution,
  reportConclusion,
  whileJudged,
} from './conduct-execution.ts';

/** A burst that is loaded and held to the policy: nothing of it can be refused any more but by the environment. */
export type BurstWish = {
  readonly plan: LoadedPlan;
  readonly gate: LoadedGateSpec;
  readonly source: BurstSource;
  /** Must be fresh; a new one is recorded without it. */
  readonly runId: RunId | undefined;
  readonly phase?: PhaseWish | undefined;
  readonly recordBaseline?: boolean | undefined;
};

/** What is sent and what it is judged by, as a launch carries them. */
export function reviewed(
  { plan, sha256: plan_sha256 }: LoadedPlan,
  { spec: gate_spec, sha256: gate_spec_sha256 }: LoadedGateSpec,
): ReviewedBurst {
  return { plan, plan_sha256, gate_spec, gate_spec_sha256 };
}

/** Starts one execution of `bounded-burst` in a fresh run scope, under the first name that is free. */
export async function startBurst(
  context: CommandContext,
  environment: OperatorEnvironment,
  { plan, gate, source, runId: wanted, phase, recordBaseline }: BurstWish,
): Promise<ConductedExecution> {
  const { signal } = context;
  const ticket =
    phase === undefined
      ? undefined
      : await admitToPhase(environment, phase, { kind: 'burst', name: gate.spec.name }, signal);
  if (ticket !== undefined) context.output.progress(ticket.says);
  const taskDefinition = await resolveTaskDefinition(environment, burstContract.name, signal);
  const runId = wanted ?? (await mintRunScope(environment, context.now(), signal));
  await recordRunScope(environment, runId, signal);
  return await claimName(laneSchema.parse('burst'), context, signal, async (executionId) => {
    const burst = planBurst({
      environment: environment.name,
      executionId,
      runId,
      taskDefinition,
      reviewed: reviewed(plan, gate),
      source,
      recordBaseline,
      now: context.now(),
      relaunchWaitSeconds: environment.clients.pace.relaunchWaitSeconds,
    });
    const planned =
      ticket === undefined ? burst : withAttempt(burst, environment, runId, burstContract.name, ticket);
    const started = await startExecution(environment, 'bounded-burst', planned, signal);
    context.output.progress(
      `${started.kind} ${executionId} in ${environment.name}, run ${runId}, plan ${plan.plan.name} ${plan.sha256}, gate ${gate.spec.name} ${gate.sha256}`,
    );
    return { executionId, executionArn: started.executionArn, runId, task: burstContract.name };
  });
}

export type FollowedBurst = { readonly conclusion: Conclusion; readonly measured: MeasuredBurst };

/** Follows a burst to its end, judges and seals it, and measures it from its evidence. */
export async function followBurst(
  context: CommandContext,
  environment: OperatorEnvironment,
  execution: ConductedExecution,
  describe: (event: FollowEvent) => string | undefined,
): Promise<FollowedBurst> {
  const conclusion = await conductExecution(context, environment, execution, describe);
  const measured = await whileJudged(context, execution.executionId, conclusion.verdict, () =>
    measuredDetails(context, environment, execution, conclusion),
  );
  return { conclusion, measured };
}

/**
 * Follows a burst to its end with its live view, judges, seals and measures it, records its rate where that is
 * wanted, adjudicates it, and reports all of that. Returns the exit code.
 */
export async function concludeBurst(
  context: CommandContext,
  environment: OperatorEnvironment,
  execution: ConductedExecution,
  wantsBaseline: boolean,
): Promise<number> {
  const view = new BurstView();
  const followed = await followBurst(context, environment, execution, (event) => view.describe(event));
  const baseline = wantsBaseline
    ? await recordBaseline(context, environment, execution, followed.conclusion)
    : undefined;
  return await reportBurstConclusion(context, environment, execution, followed, baseline);
}

/**
 * Judges a burst that is over, prints its conclusion with its measures, and returns the exit code. What is
 * not sealed is not judged: an attach later does both.
 */
export async function reportBurstConclusion(
  context: CommandContext,
  environment: OperatorEnvironment,
  execution: ConductedExecution,
  { conclusion, measured }: FollowedBurst,
  baseline?: ConclusionDetails & { readonly recorded: boolean },
): Promise<number> {
  const { executionId, runId } = execution;
  const judged =
    conclusion.sealed === undefined
      ? undefined
      : await whileJudged(context, executionId, conclusion.verdict, () =>
          adjudicate(context, environment, executionId, runId),
        );
  const exitCode = reportConclusion(context, environment, execution, conclusion, {
    lines: [...measured.lines, ...(baseline?.lines ?? []), '', ...(judged?.lines ?? [])],
    members: { ...measured.members, ...baseline?.members, ...judged?.members },
  });
  const blocked = judged?.snapshot.certifying === true && !judged.mayClose;
  return exitCode === exitCodes.done && (baseline?.recorded === false || blocked) ? exitCodes.data : exitCode;
}
