import { localEnvironment } from '../../config/names.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';

/** Refuses the local environment to a command that works in AWS alone: `AWS_ONLY` (64). */
export function requireAws(context: CommandContext, command: string, instead: string): void {
  if (context.environmentName !== localEnvironment) return;
  fail({
    exit: 'usage',
    code: 'AWS_ONLY',
    message: `fraudctl ${command} works in an environment of AWS, not on this machine`,
    where: '--env',
    value: localEnvironment,
    remedy: instead,
  });
}
