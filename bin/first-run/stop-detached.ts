import { localEnvironment } from '../../config/names.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { stopExecution } from '../../lib/operator/stop-execution.ts';
import { messageOf } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from '../commands/command-context.ts';
import { conductExecution } from '../commands/conduct-execution.ts';
import { findExecution } from '../commands/find-execution.ts';

/** A task has its grace to flush; what takes longer is left to the machine that bounds it. */
const patienceMillis = 20_000;

/**
 * Ends an execution that this program followed, waits until its tasks are gone, and seals what it came to.
 * Returns what became of it in words; throws nothing, because whoever asks is on the way out.
 */
export async function stopDetached(
  environment: OperatorEnvironment,
  id: string,
  progress: (line: string) => void,
): Promise<string> {
  const signal = AbortSignal.timeout(patienceMillis);
  const context: CommandContext = {
    output: { json: false, part: () => undefined, progress, result: () => undefined },
    environmentName: localEnvironment,
    signal,
    now: () => Date.now(),
    openEnvironment: async () => environment,
  };
  try {
    const execution = await findExecution(environment, id, signal);
    progress(`stopping ${id}`);
    const outcome = await stopExecution(
      environment,
      execution.executionArn,
      'npm start was interrupted',
      signal,
    );
    await conductExecution(context, environment, execution, () => undefined);
    return outcome.kind === 'stopping' ? `${id} was stopped` : `${id} had ended`;
  } catch (error) {
    return `${id} ends by itself (${messageOf(error)})`;
  }
}
