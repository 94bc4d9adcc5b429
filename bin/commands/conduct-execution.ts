import { runControlPrefix } from '../../config/names.ts';
import { type ExecutionVerdict, withoutSeal } from '../../lib/gates/execution-verdict.ts';
import { type FollowEvent, followExecution } from '../../lib/operator/follow-execution.ts';
import { judgeFromEvidence } from '../../lib/operator/judge-execution.ts';
import { launchResults } from '../../lib/operator/launch-results.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { type SealedVerdict, sealVerdict } from '../../lib/operator/seal-verdict.ts';
import { startRemedy } from '../../lib/operator/start-remedy.ts';
import { isPassing } from '../../lib/operator/unreachable.ts';
import type { TaskRecord } from '../../lib/recorder/task-record.ts';
import type { LaunchResult } from '../../lib/runtime/result.ts';
import { fail, isPlatformError, messageOf } from '../../lib/vocabulary/failure.ts';
import type { ExecutionId, RunId } from '../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { paint } from '../terminal/look.ts';
import { describeFollowEvent } from '../terminal/show-follow.ts';
import type { CommandContext } from './command-context.ts';

export type ConductedExecution = {
  readonly executionId: ExecutionId;
  readonly executionArn: string;
  readonly runId: RunId;
  readonly task: string;
};

export type Conclusion = {
  readonly verdict: ExecutionVerdict;
  readonly sealed: SealedVerdict | undefined;
  /** What the launches left, also those that ended badly. */
  readonly results: readonly LaunchResult[];
  /** What the platform recorded of the launches. */
  readonly records: readonly TaskRecord[];
};

/** What a command adds to the report of a conclusion: lines for people, members for programs. */
export type ConclusionDetails = { readonly lines: readonly string[]; readonly members: JsonObject };

/**
 * Follows an execution to its end, judges it and seals the verdict. Ctrl-C only detaches: the
 * execution goes on, and the failure (`DETACHED`, 75) says how to attach again. `describe` makes lines of
 * progress of what happens.
 */
export async function conductExecution(
  context: CommandContext,
  environment: OperatorEnvironment,
  execution: ConductedExecution,
  describe: (event: FollowEvent) => string | undefined = describeFollowEvent,
): Promise<Conclusion> {
  const { executionArn, executionId, task } = execution;
  const { pace } = environment.clients;
  try {
    for await (const event of followExecution(environment, executionArn, task, context.now, context.signal)) {
      const line = describe(event);
      if (line !== undefined) context.output.progress(line);
    }
    const judged = await judgeFromEvidence(
      environment,
      executionArn,
      executionId,
      task,
      {
        waitMillis: pace.evidenceWait,
        patienceMillis: pace.patience,
        now: context.now,
        tell: context.output.progress,
      },
      context.signal,
    );
    const sealed = await whileJudged(context, executionId, judged.verdict, () =>
      sealVerdict(environment, execution.runId, judged, context.signal),
    );
    // Whoever attaches later is told what is sealed; so is who conducts it now.
    const { verdict, gathered } = sealed?.judged ?? judged;
    return {
      verdict: sealed === undefined ? withoutSeal(verdict) : verdict,
      sealed,
      results: launchResults(gathered),
      records: gathered.launches.flatMap(({ record }) => record ?? []),
    };
  } catch (error) {
    if (!context.signal.aborted) throw error;
    return fail({
      exit: 'transient',
      code: 'DETACHED',
      message: `detached; ${executionId} goes on without this command`,
      where: executionId,
      remedy: `Continue with: fraudctl attach ${executionId}. End it with: fraudctl stop ${executionId}`,
    });
  }
}

/**
 * Does what remains to be done with an execution that is over and judged. When the store does not answer
 * meanwhile, the verdict is told and how to go on (`VERDICT_NOT_KEPT`, 75): launched again, the work would be
 * done twice.
 */
export async function whileJudged<T>(
  context: CommandContext,
  executionId: ExecutionId,
  { verdict, cause }: ExecutionVerdict,
  keep: () => Promise<T>,
): Promise<T> {
  try {
    return await keep();
  } catch (error) {
    const isFull = isPlatformError(error) && error.failure.code === 'EVIDENCE_STORE_FULL';
    if (context.signal.aborted || !(isFull || isPassing(error))) throw error;
    return fail(
      {
        exit: 'transient',
        code: 'VERDICT_NOT_KEPT',
        message: `${executionId} is over: ${verdict} (${cause}); the evidence store does not take it now (${messageOf(error)})`,
        where: executionId,
        remedy: `Complete it with: fraudctl attach ${executionId}. What is launched again runs twice.`,
      },
      error,
    );
  }
}

/** Prints a verdict and where its evidence is; returns the exit code of the command. */
export function reportConclusion(
  context: CommandContext,
  environment: OperatorEnvironment,
  execution: ConductedExecution,
  { verdict, sealed }: Conclusion,
  details: ConclusionDetails = { lines: [], members: {} },
): number {
  const colour = verdict.verdict === 'PASS' ? 'green' : verdict.verdict === 'FAIL' ? 'red' : 'yellow';
  const evidence = `${environment.evidence.url.replace(/\/$/, '')}/${runControlPrefix(environment.name, execution.executionId)}`;
  const remedy = startRemedy(environment.name, verdict.reasons);
  const lines = [
    `${paint(colour, verdict.verdict)}  ${execution.task}  ${verdict.cause}`,
    ...verdict.reasons.map((reason) => `  because   ${reason}`),
    ...(remedy === undefined ? [] : [`  do        ${remedy}`]),
    `  execution ${execution.executionId}`,
    `  run       ${execution.runId}`,
    `  evidence  ${evidence}`,
    ...(sealed === undefined
      ? ['  sealed    no: what is not known yet is not sealed; try fraudctl attach later']
      : [
          `  sealed    ${sealed.bundleDigest} (${sealed.copies} copies, ${sealed.kind})`,
          `  verify    fraudctl evidence verify ${sealed.folder}`,
        ]),
    ...details.lines,
  ];
  context.output.result(lines.join('\n'), {
    schema: 'fraudctl/verdict/v1',
    environment: environment.name,
    task: execution.task,
    execution_id: execution.executionId,
    run_id: execution.runId,
    verdict: verdict.verdict,
    cause: verdict.cause,
    reasons: verdict.reasons,
    ...(remedy === undefined ? {} : { remedy }),
    exit_code: verdict.exitCode,
    launches: verdict.launches.map((launch) => ({
      launch_key: launch.launchKey,
      verdict: launch.verdict,
      cause: launch.cause,
      exit_code: launch.exitCode,
    })),
    evidence,
    bundle_digest_sha256: sealed?.bundleDigest ?? null,
    bundle: sealed?.folder ?? null,
    ...details.members,
  });
  return verdict.exitCode;
}
