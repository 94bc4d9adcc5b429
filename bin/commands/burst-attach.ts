import { BurstView } from '../terminal/show-burst.ts';
import type { CommandContext } from './command-context.ts';
import { followBurst, reportBurstConclusion } from './conduct-burst.ts';
import { findExecution } from './find-execution.ts';

/** `fraudctl burst attach`: takes up a burst, running or over, with its live view. */
export async function burstAttach(context: CommandContext, id: string): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, id, context.signal);
  const view = new BurstView();
  const followed = await followBurst(context, environment, execution, (event) => view.describe(event));
  return await reportBurstConclusion(context, environment, execution, followed);
}
