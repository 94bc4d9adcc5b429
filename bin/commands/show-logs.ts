import { setTimeout as delay } from 'node:timers/promises';
import { gatherEvidence } from '../../lib/operator/gather-evidence.ts';
import { openLogTail, taskIdOf } from '../../lib/operator/log-tail.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import type { CommandContext } from './command-context.ts';
import { findExecution } from './find-execution.ts';

/**
 * Prints the log lines of every launch of an execution as they were written; with `follow`, until it ends.
 * Lines come while they are asked for: with `--json`, each is an object of its own.
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
  const tails = new Map<string, ReturnType<typeof openLogTail>>();
  let lines = 0;
  for (;;) {
    const { launches, sources } = await gatherEvidence(
      environment,
      execution.executionArn,
      execution.executionId,
      execution.task,
      context.signal,
    );
    for (const { taskArn } of launches) {
      if (taskArn !== undefined && !tails.has(taskArn))
        tails.set(taskArn, openLogTail(environment, execution.task, taskArn));
    }
    for (const [taskArn, tail] of tails) {
      for await (const { text: line, at } of tail.read(context.signal)) {
        lines += 1;
        context.output.result(
          line,
          {
            schema: 'fraudctl/log-line/v1',
            execution_id: execution.executionId,
            task: taskIdOf(taskArn),
            at: instantFromMillis(at),
            line,
          },
          'data',
        );
      }
    }
    if (!follow || sources.status !== 'RUNNING') break;
    await delay(500, undefined, { signal: context.signal });
  }
  if (lines > 0) return exitCodes.done;
  return fail({
    exit: 'data',
    code: 'NO_LOG_LINES',
    message: 'no task of this execution has written a line',
    where: execution.executionId,
    remedy: `See what became of it: fraudctl status ${execution.executionId}`,
  });
}
