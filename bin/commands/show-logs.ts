import { type FollowEvent, followExecution } from '../../lib/operator/follow-execution.ts';
import { gatherEvidence } from '../../lib/operator/gather-evidence.ts';
import { openLogTail, taskIdOf } from '../../lib/operator/log-tail.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { describeFollowEvent } from '../terminal/show-follow.ts';
import type { CommandContext } from './command-context.ts';
import type { ConductedExecution } from './conduct-execution.ts';
import { findExecution } from './find-execution.ts';

type Line = { readonly taskArn: string; readonly at: number; readonly line: string };

/**
 * Prints the log lines of every launch of an execution as they were written; with `follow`, until it ends and
 * all that its tasks wrote has arrived. Lines come while they are asked for: with `--json`, each is an object of
 * its own. Throws `NO_LOG_LINES` (65), and following what `followExecution` throws.
 */
export async function showLogs(context: CommandContext, text: string, follow: boolean): Promise<number> {
  try {
    return await printLogs(context, text, follow);
  } catch (error) {
    // Ctrl-C is how one stops following.
    if (follow && context.signal.aborted) return exitCodes.done;
    throw error;
  }
}

async function printLogs(context: CommandContext, text: string, follow: boolean): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, text, context.signal);
  const { executionId } = execution;
  let lines = 0;
  for await (const { taskArn, at, line } of follow
    ? linesToCome(context, environment, execution)
    : linesWritten(context, environment, execution)) {
    lines += 1;
    context.output.result(
      line,
      {
        schema: 'fraudctl/log-line/v1',
        execution_id: executionId,
        task: taskIdOf(taskArn),
        at: instantFromMillis(at),
        line,
      },
      'data',
    );
  }
  if (lines > 0) return exitCodes.done;
  return fail({
    exit: 'data',
    code: 'NO_LOG_LINES',
    message: 'no task of this execution has written a line',
    where: executionId,
    remedy: `See what became of it: fraudctl status ${executionId}`,
  });
}

/** What has been written until now by the tasks that anybody knows of. */
async function* linesWritten(
  { signal }: CommandContext,
  environment: OperatorEnvironment,
  { executionArn, executionId, task }: ConductedExecution,
): AsyncGenerator<Line> {
  const { launches } = await gatherEvidence(environment, executionArn, executionId, task, signal);
  for (const { taskArn } of launches) {
    if (taskArn === undefined) continue;
    for await (const { text, at } of openLogTail(environment, task, taskArn).read(signal)) {
      yield { taskArn, at, line: text };
    }
  }
}

/** What is written until the execution has ended; what keeps the follower from knowing is told. */
async function* linesToCome(
  context: CommandContext,
  environment: OperatorEnvironment,
  execution: ConductedExecution,
): AsyncGenerator<Line> {
  const { executionArn, task } = execution;
  let isRemembered = false;
  for await (const event of followExecution(environment, executionArn, task, context.now, context.signal)) {
    if (event.kind === 'launched') isRemembered = true;
    if (event.kind === 'log') yield event;
    else if (isAboutFollowing(event)) context.output.progress(describeFollowEvent(event) ?? '');
  }
  // Where the state machine tells of no launch, the records may.
  if (!isRemembered) yield* linesWritten(context, environment, execution);
}

/** Whether an event is about what can be known, not about the execution. */
function isAboutFollowing({ kind }: FollowEvent): boolean {
  return kind === 'unreachable' || kind === 'reachable' || kind === 'forgotten' || kind === 'log-incomplete';
}
