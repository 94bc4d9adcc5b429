import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { parseDuration } from '../../lib/vocabulary/instant.ts';
import type { CommandContext } from './command-context.ts';
import { conductExecution, reportConclusion } from './conduct-execution.ts';
import { type PhaseOptions, phaseWish } from './phase.ts';
import { launchTask } from './run-task.ts';

export type TaskRunOptions = PhaseOptions & {
  readonly params?: string;
  readonly deadline?: string;
  readonly run?: string;
  readonly lane?: string;
  readonly execution?: string;
  readonly relaunchWait?: string;
  readonly detach?: boolean;
};

/** `fraudctl task run`: launches, follows, judges, seals. Exit 0 for PASS; else the task's class of failure. */
export async function taskRun(
  context: CommandContext,
  task: string,
  options: TaskRunOptions,
): Promise<number> {
  const { environment, execution } = await launchTask(context, {
    task,
    parameters: options.params,
    deadline: options.deadline,
    runId: options.run,
    lane: options.lane,
    executionId: options.execution,
    relaunchWaitSeconds: Math.ceil(parseDuration(options.relaunchWait ?? '5s', '--relaunch-wait') / 1_000),
    phase: phaseWish(options),
  });
  if (options.detach === true) {
    context.output.result(`${execution.executionId}\n  follow it: fraudctl attach ${execution.executionId}`, {
      schema: 'fraudctl/started/v1',
      environment: environment.name,
      execution_id: execution.executionId,
      run_id: execution.runId,
      task,
    });
    return exitCodes.done;
  }
  const conclusion = await conductExecution(context, environment, execution);
  return reportConclusion(context, environment, execution, conclusion);
}
