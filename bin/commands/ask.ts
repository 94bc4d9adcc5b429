import { launchPrefix, runControlPrefix } from '../../config/names.ts';
import { parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import {
  type QueryResult,
  queryOutputSchema,
  queryResultName,
  queryResultSchema,
} from '../../lib/queries/query-result.ts';
import { queryContract } from '../../lib/task-contracts/query.ts';
import { fail, PlatformError } from '../../lib/vocabulary/failure.ts';
import { type LaunchKey, launchKeySchema } from '../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { describeFollowEvent } from '../terminal/show-follow.ts';
import type { CommandContext } from './command-context.ts';
import { type Conclusion, type ConductedExecution, conductExecution } from './conduct-execution.ts';
import { launchTask } from './run-task.ts';

/** A question that is known to be whole. */
export type Asked = {
  readonly parameters: JsonObject;
  readonly runId: string | undefined;
  readonly deadline: string | undefined;
};

/** An answer whose digest is the one that the task told. */
export type Answered = {
  readonly execution: string;
  readonly runId: string;
  /** The execution that vouches for it, judged and sealed. */
  readonly conducted: ConductedExecution;
  readonly evidence: string;
  readonly sha256: string;
  readonly result: QueryResult;
};

/**
 * Asks one question as an execution of the `query` task. Throws the failure of the task as its own, and
 * `ANSWER_UNPROVEN` (70) when the verdict is not PASS for another reason, or when what is in evidence is
 * not what the task told.
 */
export async function ask(context: CommandContext, asked: Asked): Promise<Answered> {
  const { environment, execution } = await launchTask(context, {
    task: queryContract.name,
    parameters: JSON.stringify(asked.parameters),
    deadline: asked.deadline,
    runId: asked.runId,
    lane: undefined,
    executionId: undefined,
    relaunchWaitSeconds: 5,
  });
  const conclusion = await conductExecution(context, environment, execution, describeTrouble);
  const { verdict, results } = conclusion;
  const last = results.at(-1);
  if (verdict.verdict !== 'PASS' && last?.failure != null) throw new PlatformError(last.failure);
  const output = queryOutputSchema.safeParse(last?.output).data;
  if (verdict.verdict !== 'PASS' || last === undefined || output === undefined) {
    return unproven(execution.executionId, `${verdict.verdict}: ${reasonsOf(conclusion)}`);
  }
  const found = await readResult(environment, launchKeySchema.parse(last.launch_key), context.signal);
  if (found === undefined || found.sha256 !== output.result.sha256) {
    return unproven(execution.executionId, 'the answer in evidence is not the one that the task told');
  }
  return {
    execution: execution.executionId,
    runId: execution.runId,
    conducted: execution,
    evidence: `${environment.evidence.url.replace(/\/$/, '')}/${runControlPrefix(environment.name, execution.executionId)}`,
    ...found,
  };
}

/** A question takes a second: of its events only those are told that make one wait or wonder. */
function describeTrouble(event: FollowEvent): string | undefined {
  const wellEnded = event.kind === 'task-ended' && event.error === undefined;
  const trouble = ['launch-failed', 'unreachable', 'task-ended'].includes(event.kind) && !wellEnded;
  return trouble ? describeFollowEvent(event) : undefined;
}

async function readResult(
  environment: OperatorEnvironment,
  launchKey: LaunchKey,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly result: QueryResult } | undefined> {
  const key = `${launchPrefix(environment.name, launchKey)}${queryResultName}`;
  const content = await environment.evidence.get(key, signal);
  if (content === undefined) return undefined;
  const result = queryResultSchema.safeParse(parseCanonicalJson(content, key)).data;
  return result === undefined ? undefined : { sha256: sha256Of(content), result };
}

function reasonsOf({ verdict }: Conclusion): string {
  return verdict.reasons.length === 0 ? verdict.cause : verdict.reasons.join('; ');
}

function unproven(executionId: string, message: string): never {
  return fail({
    exit: 'internal',
    code: 'ANSWER_UNPROVEN',
    message,
    where: executionId,
    remedy: `See why: fraudctl logs ${executionId}; fraudctl attach ${executionId}`,
  });
}
