import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { BurstView } from '../terminal/show-burst.ts';
import { adjudicate } from './burst-adjudicate.ts';
import { measuredDetails } from './burst-evidence.ts';
import type { CommandContext } from './command-context.ts';
import { conductExecution, reportConclusion } from './conduct-execution.ts';
import { findExecution } from './find-execution.ts';

/** `fraudctl burst attach`: takes up a burst, running or over, with its live view. */
export async function burstAttach(context: CommandContext, id: string): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, id, context.signal);
  const view = new BurstView();
  const conclusion = await conductExecution(context, environment, execution, (event) => view.describe(event));
  const details = await measuredDetails(context, environment, execution, conclusion);
  const { executionId, runId } = execution;
  const judged =
    conclusion.sealed === undefined ? undefined : await adjudicate(context, environment, executionId, runId);
  const exitCode = reportConclusion(context, environment, execution, conclusion, {
    lines: [...details.lines, '', ...(judged?.lines ?? [])],
    members: { ...details.members, ...judged?.members },
  });
  const blocked = judged?.certifying === true && !judged.mayClose;
  return exitCode === exitCodes.done && blocked ? exitCodes.data : exitCode;
}
