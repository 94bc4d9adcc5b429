import type { CommanderError } from 'commander';
import type { Failure } from '../../lib/vocabulary/failure.ts';
import { OperatorCommand } from './operator-command.ts';

const codes: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'COMMAND_UNKNOWN',
  'commander.unknownOption': 'OPTION_UNKNOWN',
  'commander.missingArgument': 'COMMAND_INCOMPLETE',
  'commander.optionMissingArgument': 'COMMAND_INCOMPLETE',
  'commander.missingMandatoryOptionValue': 'COMMAND_INCOMPLETE',
};
const suggestion = /\(Did you mean (?:one of )?(?<names>.+)\?\)/;

/**
 * What commander refuses, as every other failure is told: what, and what to do next, with the nearest name
 * where there is one. Pure.
 */
export function commandLineFailure(
  error: Pick<CommanderError, 'code' | 'message'>,
  program: OperatorCommand,
  argv: readonly string[],
): Failure {
  const [first = ''] = error.message.split('\n');
  const names = suggestion.exec(error.message)?.groups?.names;
  const help = ['fraudctl', ...commandOf(program, argv).path, '--help'].join(' ');
  return {
    exit: 'usage',
    code: codes[error.code] ?? 'COMMAND_MALFORMED',
    message: first.replace(/^error: /, ''),
    remedy: `${names === undefined ? '' : `Did you mean ${names}? `}See ${help}.`,
  };
}

/** The command that a command line got to before it went wrong. Pure. */
function commandOf(program: OperatorCommand, argv: readonly string[]): OperatorCommand {
  let command = program;
  let valueFollows = false;
  for (const word of argv) {
    if (valueFollows) {
      valueFollows = false;
    } else if (word.startsWith('-')) {
      valueFollows = program.options.some(({ long, required }) => long === word && required);
    } else {
      const next = command.commands.find((one) => one.name() === word);
      if (!(next instanceof OperatorCommand)) break;
      command = next;
    }
  }
  return command;
}
