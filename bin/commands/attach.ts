import type { CommandContext } from './command-context.ts';
import { concludeBurst } from './conduct-burst.ts';
import { conductExecution, reportConclusion } from './conduct-execution.ts';
import { findExecution } from './find-execution.ts';

/**
 * `fraudctl attach` and `fraudctl burst attach`: takes up any execution, running or over, whoever started it. A burst is
 * also measured and adjudicated, as by who started it: a burst that passed may still be blocked.
 */
export async function attach(context: CommandContext, id: string): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, id, context.signal);
  const { intent } = execution;
  if (intent.schema === 'fraud-platform/bounded-burst-input/v1') {
    return await concludeBurst(context, environment, execution, intent.record_baseline === true);
  }
  const conclusion = await conductExecution(context, environment, execution);
  return reportConclusion(context, environment, execution, conclusion);
}
