import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { exitCodes, failureExits } from '../../lib/vocabulary/exit-codes.ts';
import { fail, PlatformError } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from '../commands/command-context.ts';
import type { Conclusion, ConductedExecution } from '../commands/conduct-execution.ts';

/** What every step of the chain works with. */
export type ChainKit = {
  /** Its progress is the detail of the running step. */
  readonly context: CommandContext;
  readonly environment: OperatorEnvironment;
  /** Where segment runs and their worlds are kept. */
  readonly runsRoot: string;
  /** Where the latest reports are put. */
  readonly reportsFolder: string;
  readonly scale: string;
  readonly seed: string;
};

/**
 * Throws when a verdict is not PASS: the failure that the task told, or `STEP_NOT_PROVEN` with the exit of the
 * verdict.
 */
export function requirePass(
  { executionId }: Pick<ConductedExecution, 'executionId'>,
  { verdict, results }: Pick<Conclusion, 'verdict' | 'results'>,
): void {
  if (verdict.verdict === 'PASS') return;
  const told = results.findLast(({ failure }) => failure !== null)?.failure;
  if (told != null) throw new PlatformError(told);
  fail({
    exit: failureExits.find((name) => exitCodes[name] === verdict.exitCode) ?? 'internal',
    code: 'STEP_NOT_PROVEN',
    message: `the verdict is ${verdict.verdict}: ${verdict.reasons.join('; ') || verdict.cause}`,
    where: executionId,
    remedy: `See why: npx fraudctl logs ${executionId}; judge it again: npx fraudctl attach ${executionId}`,
  });
}
