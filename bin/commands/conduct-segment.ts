import { claimName } from '../../lib/operator/claim-name.ts';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { admitToPhase, type PhaseWish, withAttempt } from '../../lib/operator/phases.ts';
import { planSegmentRun } from '../../lib/operator/plan-segment-run.ts';
import { recordRunScope } from '../../lib/operator/record-run-scope.ts';
import { resolveTaskDefinition } from '../../lib/operator/resolve-task-definition.ts';
import { startExecution } from '../../lib/operator/start-execution.ts';
import { segmentOutputSchema } from '../../lib/segment-5a/frame/segment-output.ts';
import {
  type RunSummary,
  runSummaryDocument,
  summariseRun,
} from '../../lib/segment-5a/frame/summarise-run.ts';
import { segmentContract } from '../../lib/task-contracts/segment.ts';
import { laneSchema, type RunId } from '../../lib/vocabulary/identifiers.ts';
import type { Instant } from '../../lib/vocabulary/instant.ts';
import type { SegmentPlan } from '../../lib/workflows/plan-segment-5a.ts';
import { describeSegmentRun } from '../terminal/show-segment-run.ts';
import type { CommandContext } from './command-context.ts';
import {
  type Conclusion,
  type ConclusionDetails,
  type ConductedExecution,
  conductExecution,
} from './conduct-execution.ts';

export type ConductedSegment = {
  readonly execution: ConductedExecution;
  readonly conclusion: Conclusion;
  /** What the launches published and counted; `undefined` when none ended well. */
  readonly summary: RunSummary | undefined;
};

/** Starts one execution of `segment-5a`, under the first name that is free. */
export async function startSegment(
  context: CommandContext,
  environment: OperatorEnvironment,
  runId: RunId,
  plan: SegmentPlan,
  deadline: Instant,
  phase?: PhaseWish,
): Promise<ConductedExecution> {
  const ticket =
    phase === undefined
      ? undefined
      : await admitToPhase(environment, phase, { kind: 'workflow', name: 'segment-5a' }, context.signal);
  if (ticket !== undefined) context.output.progress(ticket.says);
  const taskDefinition = await resolveTaskDefinition(environment, segmentContract.name, context.signal);
  await recordRunScope(environment, runId, context.signal);
  return await claimName(laneSchema.parse('segment-5a'), context, context.signal, async (executionId) => {
    const segment = planSegmentRun({
      environment: environment.name,
      executionId,
      runId,
      taskDefinition,
      plan,
      deadline,
      now: context.now(),
      relaunchWaitSeconds: environment.clients.pace.relaunchWaitSeconds,
    });
    const planned =
      ticket === undefined ? segment : withAttempt(segment, environment, runId, segmentContract.name, ticket);
    const started = await startExecution(environment, 'segment-5a', planned, context.signal);
    context.output.progress(
      `${started.kind} ${executionId} in ${environment.name}, run ${runId}, deadline ${deadline}`,
    );
    return { executionId, executionArn: started.executionArn, runId, task: segmentContract.name };
  });
}

/** Follows an execution of `segment-5a` to its end, judges and seals it, and adds up what its launches did. */
export async function followSegment(
  context: CommandContext,
  environment: OperatorEnvironment,
  execution: ConductedExecution,
  describe?: (event: FollowEvent) => string | undefined,
): Promise<ConductedSegment> {
  const conclusion = await conductExecution(context, environment, execution, describe);
  return { execution, conclusion, summary: summaryOf(conclusion) };
}

/** What the launches of the `segment` task in a conclusion add up to. */
export function summaryOf({ results }: Conclusion): RunSummary | undefined {
  return summariseRun(
    results.flatMap(({ outcome, output }) => {
      if (outcome !== 'done') return [];
      const parsed = segmentOutputSchema.safeParse(output);
      return parsed.success ? [parsed.data] : [];
    }),
  );
}

/** The summary as the details of a reported conclusion. */
export function segmentDetails(runsRoot: string, summary: RunSummary | undefined): ConclusionDetails {
  if (summary === undefined) return { lines: [], members: { runs_root: runsRoot, segment: null } };
  return {
    lines: describeSegmentRun(summary),
    members: { runs_root: runsRoot, segment: runSummaryDocument(summary) },
  };
}
