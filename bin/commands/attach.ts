import type { CommandContext } from './command-context.ts';
import { conductExecution, reportConclusion } from './conduct-execution.ts';
import { findExecution } from './find-execution.ts';

/** `fraudctl attach`: takes up any execution, running or over, whoever started it. */
export async function attach(context: CommandContext, id: string): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, id, context.signal);
  const conclusion = await conductExecution(context, environment, execution);
  return reportConclusion(context, environment, execution, conclusion);
}
