import type { TaskProgram } from '../../lib/runtime/task-program.ts';
import type { burstContract } from '../../lib/task-contracts/burst.ts';
import type { BurstContext } from './burst-context.ts';
import { closeScope } from './close-scope.ts';
import { openScope } from './open-scope.ts';
import { runLane } from './run-lane.ts';

/** Runs the step of a burst that the parameters name. */
export const burst: TaskProgram<typeof burstContract> = async (context) => {
  const { parameters } = context;
  const step: BurstContext = {
    ...context,
    reviewed: parameters,
    plan: parameters.plan,
    source: parameters.source,
  };
  switch (parameters.step) {
    case 'open':
      return { output: await openScope(step) };
    case 'lane':
      return await runLane(step, parameters.lane ?? 0);
    case 'close':
      return { output: await closeScope(step) };
  }
};
