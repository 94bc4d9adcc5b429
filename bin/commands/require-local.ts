import { localEnvironment } from '../../config/names.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';

/** Refuses an environment in AWS to a command that works on this machine alone: `LOCAL_ONLY` (64). */
export function requireLocal(context: CommandContext, command: string, instead: string): void {
  if (context.environmentName === localEnvironment) return;
  fail({
    exit: 'usage',
    code: 'LOCAL_ONLY',
    message: `fraudctl ${command} works on this machine alone, not in an environment of AWS`,
    where: '--env',
    value: context.environmentName,
    remedy: instead,
  });
}
