import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { paint } from '../../../bin/terminal/look.ts';
import { renderTable } from '../../../bin/terminal/table.ts';
import { displayWidth, plainText } from '../../../bin/terminal/text-width.ts';

const run = '7f20e9d97dad4ff5ac639bbc41749fb0';
const digest = 'ab'.repeat(32);

test('figures stand to the right and names to the left', () => {
  assert.equal(
    renderTable(
      ['lane', 'admit', 'share', 'lasted'],
      [
        ['first', '9', '0.50 %', '1 min 05 s'],
        ['second', '1,024', '99.50 %', '-'],
      ],
      undefined,
    ),
    [
      'LANE    ADMIT    SHARE      LASTED',
      'first       9   0.50 %  1 min 05 s',
      'second  1,024  99.50 %           -',
    ].join('\n'),
  );
});

test('prose gives way before digests, and identifiers and figures never do', () => {
  const table = renderTable(
    ['run', 'seconds', 'digest', 'because'],
    [[run, '12.5', digest, 'the candidate is slower than the authority by more than noise explains']],
    100,
  );
  const [, row = ''] = table.split('\n');
  assert.equal(displayWidth(row), 100);
  assert.ok(row.startsWith(`${run}     12.5  abab`), row);
  assert.match(row, /ab… {2}the candida…$/);
});

test('a path keeps its end', () => {
  const path = '/a/folder/deep/below/that/nobody/reads/to/the/very/end/of/result.json';
  const table = renderTable(['bytes', 'object'], [['12', path]], 40);
  assert.match(table, /12 {2}….*end\/of\/result\.json$/);
});

test('what does not fit is told row by row, whole', () => {
  const rows = [
    [run, 'one two three four five', '1'],
    [run, 'six', '2'],
  ];
  assert.equal(
    renderTable(['run', 'why', 'n'], rows, 40),
    [`RUN  ${run}`, 'WHY  one two three four five', 'N    1', '', `RUN  ${run}`, 'WHY  six', 'N    2'].join(
      '\n',
    ),
  );
});

test('paint takes no room, and is ended where the text is cut', () => {
  const red = paint('red', 'a reason that is far too long for the place that it has');
  const table = renderTable(['state', 'why'], [['S4', red]], 30);
  assert.equal(displayWidth(table.split('\n')[1] ?? ''), 30);
  assert.ok(table.endsWith('…\u001b[39m'));
});

test('no line of a table is wider than the terminal, and without a terminal nothing is cut', () => {
  const cell = fc.oneof(
    fc.stringMatching(/^[a-z]{1,30}$/),
    fc.stringMatching(/^[a-z ]{0,60}$/),
    fc.stringMatching(/^[0-9a-f]{64}$/),
    fc.constantFrom('商户 名称', 'é', '12,345', '', '/a/b/c/d/e/f'),
  );
  const tables = fc
    .integer({ min: 1, max: 6 })
    .chain((columns) =>
      fc.tuple(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: columns, maxLength: columns }),
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 }),
      ),
    );
  fc.assert(
    fc.property(tables, fc.integer({ min: 20, max: 200 }), ([header, rows], width) => {
      const table = renderTable(header, rows, width);
      // Told row by row, the first line is one cell of the first row.
      const titles = (table.split('\n')[0] ?? '').split(/ +/);
      const isLined = header.every((title, index) => titles[index] === title.toUpperCase());
      if (isLined && header.length > 1) {
        for (const line of table.split('\n')) assert.ok(displayWidth(line) <= width, line);
      }
      const whole = plainText(renderTable(header, rows, undefined));
      for (const text of rows.flat()) assert.ok(whole.includes(text.trimEnd()));
    }),
  );
});
