import { stopExecution } from '../../lib/operator/stop-execution.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { CommandContext } from './command-context.ts';
import { conductExecution, reportConclusion } from './conduct-execution.ts';
import { findExecution } from './find-execution.ts';

/**
 * `fraudctl stop`: asks, then follows until the task has really ended and its record is written.
 * Exit 0 when the execution is over, whatever its verdict: stopping is what was asked for.
 */
export async function stop(context: CommandContext, id: string, reason: string): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, id, context.signal);
  const outcome = await stopExecution(environment, execution.executionArn, reason, context.signal);
  if (outcome.kind === 'already-ended') context.output.progress(`already ended: ${outcome.status}`);
  const conclusion = await conductExecution(context, environment, execution);
  reportConclusion(context, environment, execution, conclusion);
  return exitCodes.done;
}
