import { Command, CommanderError } from 'commander';
import { exitCodes, exitMeanings } from '../../lib/vocabulary/exit-codes.ts';

export type FirstRunOptions = { readonly scale: string; readonly seed: string; readonly json: boolean };

const exitTable = (['done', 'usage', 'data', 'internal', 'conflict', 'transient', 'stopped'] as const)
  .map((name) => `  ${String(exitCodes[name]).padStart(3)}  ${exitMeanings[name]}`)
  .join('\n');

/**
 * Reads the words after `npm start --`. A number is the exit code of a command line that is wrong or that asked
 * for help, which is printed.
 */
export function readOptions(words: readonly string[]): FirstRunOptions | number {
  const program = new Command('npm start --')
    .description(
      'The whole chain on this machine: a world, S0 … S5, a rehearsal burst through the gate, its verdict, ' +
        'a query, two reports, and a check of everything that was sealed.',
    )
    .option('--scale <scale>', 'small, medium, full, or a number of merchants', 'small')
    .option('--seed <n>', 'decimal, at most 64 bits', '42')
    .option('--json', 'print the outcome as one JSON object on standard output', false)
    .exitOverride()
    .allowExcessArguments(false)
    .showHelpAfterError('Run npm start -- --help.')
    .addHelpText(
      'after',
      `
Examples:
  npm start
  npm start -- --scale full
  npm start --silent -- --json > outcome.json

Again is safe: the world and the segment run are found identical, a burst has a new run scope, and
executions that a killed one left are taken up. Ctrl-C stops what runs; Ctrl-C twice leaves at once,
and what runs ends by itself. State is in .fraud-platform, or in FRAUD_PLATFORM_HOME.

Exit codes, which are those of the step that failed:
${exitTable}`,
    );
  try {
    program.parse(words, { from: 'user' });
    return program.opts<FirstRunOptions>();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}
