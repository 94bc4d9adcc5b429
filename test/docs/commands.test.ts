import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { failureOf, messageOf } from '../../lib/vocabulary/failure.ts';
import { blocksOf, commandsOf, filledIn, type NamedCommand, pages } from '../support/docs.ts';
import { parseCommandLine } from '../support/parse-command-line.ts';

const root = join(import.meta.dirname, '..', '..');
const { scripts } = z
  .looseObject({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

/** Programs that are not ours and that a page may name. */
const others = new Set([
  'aws',
  'bash',
  'cat',
  'cd',
  'cdk',
  'curl',
  'diff',
  'docker',
  'echo',
  'export',
  'find',
  'git',
  'grep',
  'head',
  'jq',
  'ls',
  'mkdir',
  'podman',
  'rm',
  'sha256sum',
  'source',
  'time',
]);

/** What is wrong with a command; nothing when somebody could type it. A mention need not be whole. */
function faultOf({ line, isMention }: NamedCommand): string | undefined {
  try {
    return faultOfLine(line);
  } catch (error) {
    const { code, message, remedy } = failureOf(error);
    return isMention && (code === 'COMMAND_INCOMPLETE' || namesGroup(error))
      ? undefined
      : `${message}. ${remedy}`;
  }
}

/** Whether commander had nothing to refuse: a group of commands is named, and its help is all there is. */
const namesGroup = (error: unknown) => messageOf(error) === '(outputHelp)';

function faultOfLine(line: string): string | undefined {
  for (const { words, command } of parseCommandLine(filledIn(line))) {
    const [program = '', verb = '', script = ''] = words.filter((word) => !/^[A-Z_]+=/.test(word));
    if (program === 'fraudctl') {
      if (command === undefined && !words.some((word) => ['--help', '--version', 'help'].includes(word))) {
        return `names no command: ${words.join(' ')}`;
      }
    } else if (program === 'npm') {
      if (verb === 'run' && !(script in scripts)) return `there is no script ${script}`;
      if (!['run', 'start', 'test', 'install', 'ci'].includes(verb))
        return `npm ${verb} is not of this project`;
    } else if (program === 'node') {
      if (verb.includes('/') && !existsSync(join(root, verb))) return `there is no ${verb}`;
    } else if (program.includes('/')) {
      if (!existsSync(join(root, program))) return `there is no ${program}`;
    } else if (!others.has(program)) return `nobody knows ${program}`;
  }
  return undefined;
}

let found = 0;
for (const { path, text } of pages()) {
  // History may name what is gone.
  if (path === 'CHANGELOG.md') continue;
  const commands = commandsOf(text);
  found += commands.length;
  if (commands.length === 0) continue;
  test(`${path}: each of ${commands.length} commands is one that can be typed`, () => {
    for (const command of commands) assert.equal(faultOf(command), undefined, command.line);
  });
}

test('pages name commands, and blocks say what they are', () => {
  assert.ok(found >= 40, `${found} commands`);
  const infos = pages().flatMap(({ text }) => blocksOf(text).map(({ info }) => info));
  for (const info of infos)
    assert.match(info, /^(?:|text|sh|sh aws|sh unrun|json|yaml|sql|ts|html|csv|diff)$/);
});

test('a command that nobody could type is found out', () => {
  const bad: readonly (readonly [line: string, why: RegExp])[] = [
    ['npx fraudctl tsk run probe', /Did you mean task/],
    ['fraudctl task run probe --prams {}', /Did you mean --params/],
    ['fraudctl --env dev-min', /./],
    ['npm run nothing', /no script nothing/],
    ['node scripts/nothing.ts', /no scripts\/nothing.ts/],
    ['frobnicate', /nobody knows/],
  ];
  for (const [line, why] of bad) {
    const [only] = commandsOf(`\`\`\`sh\n${line}\n\`\`\`\n`);
    assert.match(only === undefined ? '' : (faultOf(only) ?? ''), why, line);
  }
  assert.equal(commandsOf('```\nsome output\n$ npx fraudctl tsk\n```\n').length, 1);
  assert.equal(commandsOf('```text\nfraudctl tsk\n```\n').length, 1);
  assert.equal(commandsOf('```json\n{"npm ": 1}\n```\n').length, 0);
  assert.deepEqual(commandsOf('Type `npx fraudctl task list`, not `probe`.'), [
    { line: 'npx fraudctl task list', isMention: true },
  ]);
  for (const line of ['fraudctl score', 'fraudctl world generate', 'fraudctl --env <name>']) {
    assert.equal(faultOf({ line, isMention: true }), undefined, line);
    assert.notEqual(faultOf({ line, isMention: false }), undefined, line);
  }
  assert.match(faultOf({ line: 'fraudctl wrold generate', isMention: true }) ?? '', /Did you mean world/);
  for (const line of ['npx fraudctl --help', 'npx fraudctl help task']) {
    assert.equal(faultOf({ line, isMention: false }), undefined);
  }
});
