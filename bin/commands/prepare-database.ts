import { readFile } from 'node:fs/promises';
import { roleGrants } from '../../lib/database/grants.ts';
import { expectedSchemaVersion } from '../../lib/database/migrations.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { writeWhole } from '../../lib/files/write-whole.ts';
import { homeAt } from '../../lib/local-cloud/home.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';
import { conductExecution } from './conduct-execution.ts';
import { launchTask } from './run-task.ts';

/**
 * Migrates the database of a local home when this version expects another schema or other grants than
 * the last one that migrated it. It is the same task, launched and judged the same way, as
 * `fraudctl db migrate` after a deploy. Throws `MIGRATION_FAILED` (70) with the reasons.
 */
export async function prepareDatabase(
  context: CommandContext,
  environment: OperatorEnvironment,
  home: string,
): Promise<void> {
  const file = homeAt(home).migrated;
  const wanted = `${expectedSchemaVersion} ${sha256Of(JSON.stringify(roleGrants))}\n`;
  if ((await readFile(file, 'utf8').catch(() => undefined)) === wanted) return;
  context.output.progress('migrating the database');
  const quiet: CommandContext = {
    ...context,
    openEnvironment: async () => environment,
    output: { ...context.output, progress: () => undefined },
  };
  const { execution } = await launchTask(quiet, {
    task: 'migrate',
    parameters: undefined,
    deadline: undefined,
    runId: undefined,
    lane: undefined,
    executionId: undefined,
    relaunchWaitSeconds: 1,
  });
  const { verdict } = await conductExecution(quiet, environment, execution);
  if (verdict.verdict !== 'PASS') {
    fail({
      exit: 'internal',
      code: 'MIGRATION_FAILED',
      message: `the database could not be migrated: ${verdict.reasons.join('; ')}`,
      where: execution.executionId,
      remedy: `See why: fraudctl logs ${execution.executionId}`,
    });
  }
  await writeWhole(file, wanted, { replace: true });
}
