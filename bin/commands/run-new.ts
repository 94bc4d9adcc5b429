import { recordRunScope } from '../../lib/operator/record-run-scope.ts';
import { runIdAt } from '../../lib/vocabulary/identifiers.ts';
import type { CommandContext } from './command-context.ts';

/** `fraudctl run new`: the next free run scope, recorded. */
export async function runNew(context: CommandContext): Promise<number> {
  const environment = await context.openEnvironment();
  for (let millis = context.now(); ; millis += 1_000) {
    const runId = runIdAt(millis);
    if ((await recordRunScope(environment, runId, context.signal)) !== 'published') continue;
    context.output.result(runId, {
      schema: 'fraudctl/run-scope/v1',
      environment: environment.name,
      run_id: runId,
    });
    return 0;
  }
}
