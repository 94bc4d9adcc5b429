import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { notRefusals } from '../scripts/ledger/not-refusals.ts';
import { readLedger } from '../scripts/ledger/read-ledger.ts';
import { literalsOf } from '../scripts/ledger/read-words.ts';
import { renderLedger } from '../scripts/ledger/render-ledger.ts';

const root = join(import.meta.dirname, '..');
const ledger = readLedger(root);

test('every check, veto, blocker, law and refusal is named by a test', () => {
  const silent = ledger.filter(({ code, tests }) => tests.length === 0 && !notRefusals.has(code));
  assert.deepEqual(
    silent.map(({ code, sources }) => `${code} of ${sources.join(', ')}`),
    [],
    'write a test that shows it firing',
  );
});

test('nothing is called no refusal that the product does not say', () => {
  const said = new Set(ledger.map(({ code }) => code));
  assert.deepEqual(
    [...notRefusals].filter((code) => !said.has(code)),
    [],
  );
});

test('blockers with what mends them, vetoes and laws are all among them', () => {
  const of = (kind: string) => ledger.filter((entry) => entry.kind === kind).map(({ code }) => code);
  const blockers = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `M10F-B${number}`);
  assert.deepEqual(of('blocker'), [...blockers, 'M10F-B1-R1', 'M10F-B1-R2', 'M10F-B1-R3'].sort());
  assert.deepEqual(of('veto'), ['CONTENT', 'ERRORS', 'OUTPUTS', 'STATUS', 'WARNINGS', 'WORLD']);
  for (const code of ['PARAMETER_HASH', 'COUNTER_*', 'DOWNSTREAM_*'])
    assert.ok(of('code').includes(code), code);
  assert.ok(of('law').length >= 50);
});

test('the page of the ledger is what the code says', async () => {
  const page = await readFile(join(root, 'docs/gate-ledger.md'), 'utf8');
  // Not `equal`: it would print the whole page twice.
  assert.ok(page === renderLedger(ledger, notRefusals), 'run npm run docs');
});

/** A product of one file that says no, and its tests; who shows what it says. */
async function shownBy(code: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  try {
    const product = {
      'lib/a.ts': `fail({ code: ${code} });`,
      'bin/b.ts': '',
      'tasks/c.ts': '',
      'test/d.ts': '',
    };
    for (const [path, text] of Object.entries({ ...product, ...files })) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const found = readLedger(folder).filter(
      ({ kind, sources }) => kind === 'code' && sources[0] === 'lib/a.ts',
    );
    assert.equal(found.length, 1);
    return found[0]?.tests ?? [];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const asserting = `test('it', () => assert.equal(code, 'NO_ROOM'));`;
const cases: readonly (readonly [
  what: string,
  files: Readonly<Record<string, string>>,
  shown: readonly string[],
])[] = [
  ['nobody', {}, []],
  ['a literal of a test', { 'test/x.test.ts': asserting }, ['test/x.test.ts']],
  ['a pattern of a test', { 'test/x.test.ts': 'assert.match(said, /error NO_ROOM:/)' }, ['test/x.test.ts']],
  [
    'a member of an object',
    { 'test/x.test.ts': `deepEqual(found, { NO_ROOM: 'FAIL' })` },
    ['test/x.test.ts'],
  ],
  ['a longer code', { 'test/x.test.ts': `equal(code, 'NO_ROOM_LEFT')` }, []],
  ['a comment', { 'test/x.test.ts': `// NO_ROOM\n/* 'NO_ROOM' */ equal(code, /* 'NO_ROOM' */ other)` }, []],
  ['the title of a test', { 'test/x.test.ts': `test('NO_ROOM is told', () => {})` }, []],
  ['a file that no test imports', { 'test/x.ts': asserting, 'test/y.test.ts': '' }, []],
  [
    'a file that a test imports',
    { 'test/x.ts': asserting, 'test/y.test.ts': `import './x.ts'` },
    ['test/x.ts'],
  ],
  ['the test of the ledger', { 'test/gate-ledger.test.ts': asserting }, []],
];
for (const [what, files, shown] of cases) {
  test(`who shows a refusal: ${what}`, async () => {
    assert.deepEqual(await shownBy(`'NO_ROOM'`, files), shown);
  });
}

const placeholder = (expression: string) => ['$', '{', expression, '}'].join('');

test('a code that is put together is shown by any of its members', async () => {
  const files = (member: string) => ({ 'test/x.test.ts': `equal(code, '${member}')` });
  const family = `\`${placeholder('state')}_NO_ROOM\``;
  assert.deepEqual(await shownBy(family, files('S3_NO_ROOM')), ['test/x.test.ts']);
  assert.deepEqual(await shownBy(family, files('NO_ROOM')), []);
  assert.deepEqual(await shownBy(`'NONE'`, files('NONE')), ['test/x.test.ts']);
  assert.deepEqual(await shownBy(`'NONE'`, files('there is NONE')), []);
  assert.deepEqual(await shownBy(`'NONE'`, files('error NONE: all gone')), ['test/x.test.ts']);
});

test('literals are read as programs are written', () => {
  const read = (program: string) => literalsOf(program).map(({ kind, text }) => `${kind} ${text}`);
  assert.deepEqual(read(`f('a', "b's", \`c\${d('e')}f\`); // 'g'`), [
    'string a',
    "string b's",
    'template c*f',
    'string e',
  ]);
  assert.deepEqual(read(String.raw`x = y / 2; m(/a'[/']b\/c/i, 'd\'e') // 'f'`), [
    String.raw`regex a'[/']b\/c`,
    String.raw`string d\'e`,
  ]);
  const nested = `\`a${placeholder(`b ? \`c${placeholder('d')}\` : '}'`)}e\``;
  assert.deepEqual(read(nested), ['template a*e', 'template c*', 'string }']);
});
