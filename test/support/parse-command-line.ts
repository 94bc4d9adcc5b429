import { CommanderError } from 'commander';
import { buildProgram } from '../../bin/program/build-program.ts';
import { commandLineFailure } from '../../bin/program/command-line-failure.ts';
import { OperatorCommand } from '../../bin/program/operator-command.ts';
import { PlatformError } from '../../lib/vocabulary/failure.ts';
import { simpleCommands } from './shell-words.ts';

export type ParsedLine = {
  readonly words: readonly string[];
  /** Path of the command of `fraudctl` that the words name; `undefined` for another program, or for help. */
  readonly command: readonly string[] | undefined;
};

/**
 * Parses every simple command of a piece of shell script that starts `fraudctl`, also by `npx`, against the
 * real program, running nothing. Throws the failure of a line that the program does not understand.
 */
export function parseCommandLine(script: string): readonly ParsedLine[] {
  return simpleCommands(script).map((words) => {
    const own = words[0] === 'npx' ? words.slice(1) : words;
    return { words: own, command: own[0] === 'fraudctl' ? commandOf(own.slice(1)) : undefined };
  });
}

function commandOf(argv: readonly string[]): readonly string[] | undefined {
  let found: readonly string[] | undefined;
  const program = buildProgram(() => async (...received) => {
    const command = received.at(-1);
    if (command instanceof OperatorCommand) found = command.path;
  });
  program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) {
      throw new PlatformError(commandLineFailure(error, program, argv));
    }
  }
  return found;
}
