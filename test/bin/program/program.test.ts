import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import { buildProgram } from '../../../bin/program/build-program.ts';
import { commandLineFailure } from '../../../bin/program/command-line-failure.ts';
import type { OperatorCommand } from '../../../bin/program/operator-command.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import { parseCommandLine } from '../../support/parse-command-line.ts';

const program = buildProgram(() => async () => assert.fail('help runs nothing'));
const commands = program.leaves();

function helpOf(command: OperatorCommand): string {
  let help = '';
  const writeOut = (text: string) => {
    help += text;
  };
  command.configureOutput({ writeOut }).outputHelp();
  return help;
}

test('help of the program names every job, every command and every exit code', () => {
  const help = helpOf(program);
  for (const job of ['Run', 'Follow and end', 'Ask and report', 'Decide', 'Keep an environment']) {
    assert.match(help, new RegExp(`^${job}:$`, 'm'));
  }
  assert.doesNotMatch(help, /^Commands:$/m);
  for (const command of program.subcommands()) assert.match(help, new RegExp(`^  ${command.name()}\\b`, 'm'));
  for (const code of Object.values(exitCodes)) assert.match(help, new RegExp(`^ +${code} {2}\\S`, 'm'));
});

assert.ok(commands.length >= 40, `${commands.length} commands`);
for (const command of commands) {
  const name = command.path.join(' ');
  test(`help of ${name} has an example, its exit codes, and the shape of its JSON`, () => {
    const help = helpOf(command);
    assert.match(help, /^Examples?:\n {2}\S/m);
    assert.match(help, /^Exit codes:\n +0 {2}\S/m);
    assert.match(help, /^Shape of --json \(docs\/json-output\.md\):\n {2}\S/m);
    assert.match(help, /--env <environment>/);
    assert.ok(!/\(default: false\)/.test(help));
  });

  for (const example of command.exampleLines) {
    test(`the example ${example} is a command line of this program`, () => {
      for (const parsed of parseCommandLine(example)) {
        if (parsed.words[0] !== 'fraudctl') continue;
        assert.deepEqual(parsed.command, command.path);
      }
    });
  }
}

test('an option takes a value everywhere or nowhere', () => {
  const takes = new Map<string, boolean>();
  for (const { long, required } of commands.flatMap(({ options }) => options)) {
    const before = takes.get(long ?? '') ?? required;
    assert.equal(required, before, `${long}`);
    takes.set(long ?? '', required);
  }
});

const refusals: readonly (readonly [line: string, code: string, message: RegExp, remedy: string])[] = [
  ['tsk run', 'COMMAND_UNKNOWN', /'tsk'/, 'Did you mean task? See fraudctl --help.'],
  ['task rnu', 'COMMAND_UNKNOWN', /'rnu'/, 'Did you mean run? See fraudctl task --help.'],
  ['nonsense', 'COMMAND_UNKNOWN', /'nonsense'/, 'See fraudctl --help.'],
  [
    '--env local task list --jsn',
    'OPTION_UNKNOWN',
    /'--jsn'/,
    'Did you mean --json? See fraudctl task list --help.',
  ],
  [
    'task run probe --prams {}',
    'OPTION_UNKNOWN',
    /'--prams'/,
    'Did you mean --params? See fraudctl task run --help.',
  ],
  ['task run', 'COMMAND_INCOMPLETE', /'task'/, 'See fraudctl task run --help.'],
  ['task run probe --params', 'COMMAND_INCOMPLETE', /--params/, 'See fraudctl task run --help.'],
  ['score closure --gate x', 'COMMAND_INCOMPLETE', /--candidate/, 'See fraudctl score closure --help.'],
  ['evidence verify a b', 'COMMAND_MALFORMED', /too many/, 'See fraudctl evidence verify --help.'],
];
for (const [line, code, message, remedy] of refusals) {
  test(`fraudctl ${line} is refused with ${code}, naming what is near`, async () => {
    const argv = line.split(' ');
    const fresh = buildProgram(() => async () => assert.fail('nothing is run'));
    const error = await fresh.parseAsync(argv, { from: 'user' }).then(
      () => assert.fail('it was accepted'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof CommanderError);
    const failure = commandLineFailure(error, fresh, argv);
    assert.deepEqual([failure.exit, failure.code, failure.remedy], ['usage', code, remedy]);
    assert.match(failure.message, message);
  });
}
