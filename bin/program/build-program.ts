import { localEnvironment } from '../../config/names.ts';
import { productVersion } from '../../config/product-version.ts';
import { exitCodes, exitMeanings } from '../../lib/vocabulary/exit-codes.ts';
import type { Act } from './act.ts';
import { addBurstCommands } from './burst-commands.ts';
import { addCompletionCommand } from './completion-command.ts';
import { addEnvironmentCommands } from './environment-commands.ts';
import { addEvidenceCommands } from './evidence-commands.ts';
import { addExecutionCommands } from './execution-commands.ts';
import { addLocalCommands } from './local-commands.ts';
import { OperatorCommand } from './operator-command.ts';
import { addPhaseCommands } from './phase-commands.ts';
import { addQueryCommand } from './query-command.ts';
import { addReportCommands } from './report-commands.ts';
import { addRunsCommands } from './runs-commands.ts';
import { addScoreCommands } from './score-commands.ts';
import { addSegmentCommands } from './segment-commands.ts';
import { addTaskCommands } from './task-commands.ts';
import { addWorldCommands } from './world-commands.ts';

/** Commands by the job that they are for, in the order in which one meets them. */
const jobs: readonly (readonly [
  heading: string,
  ...add: readonly ((program: OperatorCommand, act: Act) => void)[],
])[] = [
  ['Run', addTaskCommands, addWorldCommands, addSegmentCommands, addBurstCommands],
  ['Follow and end', addExecutionCommands, addRunsCommands],
  ['Ask and report', addQueryCommand, addReportCommands],
  ['Decide', addScoreCommands, addPhaseCommands, addEvidenceCommands],
  ['Keep an environment', addEnvironmentCommands, addLocalCommands],
  ['Find your way', addCompletionCommand],
];

const exitTable = Object.entries(exitCodes)
  .map(([name, code]) => `  ${String(code).padStart(3)}  ${exitMeanings[name as keyof typeof exitMeanings]}`)
  .join('\n');

/** Every command with its options, examples and help; `act` adapts what a command runs. */
export function buildProgram(act: Act): OperatorCommand {
  const program = new OperatorCommand('fraudctl')
    .description('Launches, follows, stops and judges runs, here or in an AWS environment.')
    .version(productVersion)
    .option('--env <environment>', 'environment to work in', localEnvironment)
    .option('--json', 'print the result as one JSON object on standard output', false)
    .option('--verbose', 'print stack traces with errors', false)
    .exitOverride()
    // What is wrong with a command line is told as every other failure is: see runFraudctl.
    .configureOutput({ outputError: () => undefined })
    .examples(
      'fraudctl task run probe                      # is this environment alive?',
      `fraudctl task run probe --deadline 30s --params '{"note":"hello"}'`,
      'fraudctl attach probe_20260221T020923Z       # follow it again, judge it, seal it',
      'fraudctl evidence verify ./bundle            # exit 0 only for a whole bundle that says PASS',
    )
    .addHelpText('after', `\nExit codes:\n${exitTable}`);
  for (const [heading, ...additions] of jobs) {
    program.commandsGroup(`${heading}:`);
    for (const add of additions) add(program, act);
  }
  return program.helpCommand('help [command]', 'help of a command');
}
