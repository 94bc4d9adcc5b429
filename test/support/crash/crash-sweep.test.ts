import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deathsOf, everyDeath, nameOfDeath, readExtent } from './crash-sweep.ts';

/** What a command awaits that puts so many objects, asks twelve times, and starts something. */
function traced(puts: number): readonly string[] {
  const put = ['mkdir evidence', 'open staging', 'write file', 'sync file', 'link evidence', 'rm staging'];
  const kinds = [
    'ask cloud',
    ...Array.from({ length: puts }, () => put).flat(),
    'send StartExecution',
    ...Array.from({ length: 12 }, () => 'send GetLogEvents'),
  ];
  const counts = new Map<string, number>();
  return kinds.map((kind) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `${kind}#${count}`;
  });
}

test('every death is after each await, with half a file at each write, and before the first', () => {
  const awaits = traced(20);
  const names = deathsOf(awaits, everyDeath).map(nameOfDeath);
  const expected = awaits
    .filter((label) => !label.startsWith('send Get'))
    .flatMap((label) => [...(label.startsWith('write') ? [`half ${label}`] : []), `after ${label}`]);
  assert.deepEqual(
    [...names].sort(),
    ['before ask cloud#1', ...expected, 'after send GetLogEvents#1', 'after send GetLogEvents#12'].sort(),
  );
});

test('in turn, each object dies by its name and at one inner await, and each inner await is died at', () => {
  const deaths = deathsOf(traced(20), { ...everyDeath, inside: 'in-turn' });
  const at = (kind: string) =>
    deaths.filter((one) => one.at.startsWith(kind)).map((one) => one.at.split('#')[1]);
  assert.equal(at('link evidence').length, 20);
  const inner = ['mkdir evidence', 'open staging', 'write file', 'sync file', 'rm staging'].map((kind) => [
    ...new Set(at(kind)),
  ]);
  assert.deepEqual(
    inner.map(({ length }) => length),
    [4, 4, 4, 4, 4],
  );
  assert.equal(new Set(inner.flat()).size, 20);
});

test('the parts of every death are all of them, and none twice', () => {
  const awaits = traced(13);
  for (const inside of ['all', 'in-turn'] as const) {
    const parts = Array.from({ length: 8 }, (_, index) =>
      readExtent(`${index + 1}/8`, { ...everyDeath, inside }),
    );
    const names = parts.flatMap((part) => deathsOf(awaits, part)).map(nameOfDeath);
    const all = deathsOf(awaits, readExtent('every', { ...everyDeath, inside })).map(nameOfDeath);
    assert.deepEqual([...names].sort(), [...all].sort());
    assert.equal(new Set(names).size, names.length);
  }
});

test('without a word it is what is usual; a word that means nothing is refused', () => {
  const usual = { kind: 'few', deaths: 3, inside: 'in-turn' } as const;
  assert.equal(readExtent(undefined, usual), usual);
  assert.equal(readExtent('', usual), usual);
  assert.equal(deathsOf(traced(20), usual).length, 3);
  for (const word of ['all', '0/3', '4/3', '1/', '1.5/3'])
    assert.throws(() => readExtent(word, usual), /CRASH_SWEEP=/);
});
