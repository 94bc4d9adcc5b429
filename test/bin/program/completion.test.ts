import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { buildProgram } from '../../../bin/program/build-program.ts';
import { completionModel } from '../../../bin/program/completion/completion-model.ts';
import { knownNames } from '../../../bin/program/completion/known-names.ts';
import { shells } from '../../../bin/program/completion/shells.ts';

const program = buildProgram(() => async () => assert.fail('completion runs nothing'));
const commands = completionModel(program, await knownNames());

test('every command, option and place of the program is in the model', () => {
  const leaves = program.leaves().map(({ path }) => path.join(' '));
  const modelled = commands.map(({ path }) => path.join(' '));
  assert.deepEqual(
    leaves.filter((path) => !modelled.includes(path)),
    [],
  );
  for (const leaf of program.leaves()) {
    const own = commands.find(({ path }) => path.join(' ') === leaf.path.join(' '));
    const flags = own?.options.map(({ flag }) => flag) ?? [];
    for (const { long } of leaf.options) assert.ok(flags.includes(long ?? ''), `${leaf.path} ${long}`);
    assert.ok(flags.includes('--json'));
    assert.equal(own?.arguments.length, leaf.registeredArguments.length);
  }
});

test('a placeholder for a name of this version is completed with these names', () => {
  const kinds = new Map(
    commands.flatMap(({ path, options }) =>
      options.map(({ flag, value }) => [`${path.join(' ')} ${flag}`.trim(), value] as const),
    ),
  );
  for (const [option, name] of [
    ['--env', 'dev-min'],
    ['burst run --gate', 'm10f-burst'],
    ['score closure --gate', 'segment-5a-s4'],
    ['task run --phase', 'M10.F'],
    ['segment stage --rerun', 'S4'],
    ['world generate --scale', 'full'],
  ] as const) {
    const kind = kinds.get(option);
    assert.ok(kind?.kind === 'names' && kind.names.includes(name), option);
  }
  assert.deepEqual(kinds.get('segment run --runs-root'), { kind: 'folder' });
  assert.deepEqual(kinds.get('query --file'), { kind: 'file' });
  assert.deepEqual(kinds.get('task run --params'), { kind: 'free' });
  assert.equal(kinds.get('task run --detach'), undefined);
});

/** What bash offers for a command line, the cursor at the end of its last word. */
function completedByBash(...words: string[]): readonly string[] {
  const script = [
    shells.bash(commands),
    `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fraudctl; printf "%s\\n" "\${COMPREPLY[@]}"`,
  ].join('\n');
  const run = spawnSync('bash', ['-c', script, 'bash', 'fraudctl', ...words], { encoding: 'utf8' });
  assert.deepEqual([run.status, run.stderr], [0, '']);
  return run.stdout.split('\n').filter((line) => line !== '');
}

const completions: readonly (readonly [line: readonly string[], offered: readonly string[]])[] = [
  [['ta'], ['task']],
  [
    ['task', ''],
    ['run', 'list', 'help'],
  ],
  [['task', 'run', 'pr'], ['probe']],
  [['--env', 'local', 'task', 'run', 'pr'], ['probe']],
  [['task', 'run', '--params', 'probe', 'pr'], ['probe']],
  [['task', 'run', 'probe', '--relaunch'], ['--relaunch-wait']],
  [['--env', 'd'], ['dev-min']],
  [['--env', '=', 'd'], ['dev-min']],
  [['query', 'receipts_w'], ['receipts_window']],
  [['burst', 'run', 'rehearsal', '--gate', 'm10f'], ['m10f-burst']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['task', 'run', '--params', ''], []],
];
for (const [line, offered] of completions) {
  test(`bash completes fraudctl ${line.join(' ')}… with ${offered.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(completedByBash(...line), offered);
  });
}

for (const shell of ['zsh', 'fish'] as const) {
  test(`the script for ${shell} names every command and option, and closes what it opens`, () => {
    const script = shells[shell](commands);
    for (const { path, options } of commands) {
      if (path.length > 0) assert.ok(script.includes(`'${path.join(' ')}'`), path.join(' '));
      for (const { flag } of options) {
        assert.ok(script.includes(shell === 'fish' ? `-l ${flag.slice(2)}` : flag), flag);
      }
    }
    const opened = script.match(/\b(?:case|switch|if|for|function|begin)\b/g)?.length ?? 0;
    assert.ok(opened > 0);
    // Three quotes stand for one inside of quotes.
    assert.equal((script.replaceAll(`'"'"'`, '').match(/'/g)?.length ?? 0) % 2, 0);
  });
}
