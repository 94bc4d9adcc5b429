import { mintRunScope } from '../../lib/operator/record-run-scope.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { CommandContext } from './command-context.ts';

/** `fraudctl run new`: the next free run scope, recorded. */
export async function runNew(context: CommandContext): Promise<number> {
  const environment = await context.openEnvironment();
  const runId = await mintRunScope(environment, context.now(), context.signal);
  context.output.result(runId, {
    schema: 'fraudctl/run-scope/v1',
    environment: environment.name,
    run_id: runId,
  });
  return exitCodes.done;
}
