import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endLines, liveLine, wrap } from '../../../bin/first-run/step-lines.ts';
import { createStepRunner } from '../../../bin/first-run/step-runner.ts';
import { createStepScreen } from '../../../bin/first-run/step-screen.ts';

/** A stream that remembers, and a clock that is moved by hand. */
function ground(
  options: { readonly live?: boolean; readonly columns?: number; readonly rows?: number } = {},
) {
  const written: string[] = [];
  let now = 0;
  const screen = createStepScreen(
    { ...options, write: (text) => written.push(text) },
    () => now,
    options.live === true,
  );
  return {
    screen,
    text: () => written.join(''),
    lines: () => written.join('').trimEnd().split('\n'),
    pass: (millis: number) => {
      now += millis;
    },
    clock: () => now,
  };
}

test('a log gets a line when a step begins and one when it ends, and news in between at most every two seconds', () => {
  const { screen, lines, pass } = ground();
  screen.begin('world');
  screen.detail('told too soon');
  pass(1_500);
  screen.detail('told too soon as well');
  pass(700);
  screen.detail('writing zone_alloc.parquet (740 rows)');
  screen.detail('and at once again');
  pass(300);
  screen.end('forty merchants');
  assert.deepEqual(lines(), [
    '2/8  world        merchants, zones and calendars with real public holidays',
    '                  2.2 s  writing zone_alloc.parquet (740 rows)',
    '2/8  world        forty merchants                                          2.5 s',
  ]);
});

test('a log without news is told now and then that the step goes on', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const { screen, lines, pass } = ground();
  screen.begin('burst');
  for (let second = 0; second < 21; second += 1) {
    pass(1_000);
    context.mock.timers.tick(1_000);
  }
  screen.end('done');
  assert.equal(lines().filter((line) => line.endsWith('s  still at it')).length, 2);
});

test('a terminal has one line for the running step, without colours of others and never too wide', () => {
  const { screen, text, pass } = ground({ live: true, columns: 50, rows: 24 });
  screen.begin('segment');
  pass(1_200);
  screen.detail(`\u001b[36mstate\u001b[39m   S4 ${'x'.repeat(80)}`);
  screen.end('half a million intensities');
  const drawn = text().split('\r\u001b[2K');
  assert.equal(drawn[2], '3/8  segment      ⠹ 1.2 s  state S4 xxxxxxxxxxxx…');
  assert.ok(drawn.every((line) => line.length <= 50 || line.includes('\n')));
  assert.equal(
    drawn.at(-1),
    '3/8  segment      half a million             1.2 s\n                  intensities\n',
  );
  screen.clear();
  assert.match(text(), /\[2A.\[0J$/);
});

test('lines that were scrolled away are not taken back', () => {
  const { screen, text } = ground({ live: true, columns: 80, rows: 1 });
  screen.begin('world');
  screen.end('done');
  const before = text();
  screen.clear();
  assert.equal(text(), before);
});

test('a step is remembered when it ends well; one that fails stays the current one, and throws as it is', async () => {
  const { screen, pass, clock } = ground();
  const runner = createStepRunner(screen, clock);
  const found = await runner.run(
    'environment',
    async () => {
      pass(400);
      return 7;
    },
    (number) => `${number} found`,
  );
  assert.equal(found, 7);
  assert.deepEqual(runner.finished(), [{ name: 'environment', millis: 400, says: '7 found' }]);
  assert.equal(runner.current(), undefined);
  const failure = new Error('no world');
  await assert.rejects(
    runner.run('world', () => Promise.reject(failure), String),
    (error) => error === failure,
  );
  assert.equal(runner.current(), 'world');
  assert.equal(runner.finished().length, 1);
});

test('text is wrapped between words and cut nowhere', () => {
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  assert.deepEqual(wrap('unbreakable', 4), ['unbreakable']);
  assert.equal(endLines('proof', 'x', 61_000, 80)[0]?.length, 80);
  assert.ok(liveLine('proof', '', 0, 30).length <= 29);
});
