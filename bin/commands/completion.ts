import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { didYouMean } from '../../lib/vocabulary/nearest-names.ts';
import { completionModel } from '../program/completion/completion-model.ts';
import { knownNames } from '../program/completion/known-names.ts';
import { shells } from '../program/completion/shells.ts';
import type { OperatorCommand } from '../program/operator-command.ts';
import type { CommandContext } from './command-context.ts';

/** `fraudctl completion`: the script of a shell, of this program and the names of this version. */
export async function completion(
  context: CommandContext,
  program: OperatorCommand,
  shell: string,
): Promise<number> {
  const script = scriptOf(shell)(completionModel(program, await knownNames()));
  context.output.result(script, { schema: 'fraudctl/completion/v1', shell, script }, 'data');
  return exitCodes.done;
}

function scriptOf(shell: string) {
  const found = Object.entries(shells).find(([name]) => name === shell);
  if (found !== undefined) return found[1];
  const known = Object.keys(shells);
  return fail({
    exit: 'usage',
    code: 'SHELL_UNKNOWN',
    message: 'completion is not made for this shell',
    where: '<shell>',
    value: shell,
    remedy: `${didYouMean(shell, known)}Give one of ${known.join(', ')}.`,
  });
}
