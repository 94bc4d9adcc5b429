import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { didYouMean, nearestNames } from '../../../lib/vocabulary/nearest-names.ts';

const queries = ['checkpoint_progress', 'duplicates_top', 'receipts_by_minute', 'receipts_window'];

const cases: readonly (readonly [given: string, known: readonly string[], near: readonly string[]])[] = [
  ['prbe', ['burst', 'probe', 'query'], ['probe']],
  ['porbe', ['burst', 'probe', 'query'], ['probe']],
  ['m10.f', ['M10.E', 'M10.F'], ['M10.F']],
  ['receipts-window', queries, ['receipts_window']],
  ['receipts', queries, ['receipts_by_minute', 'receipts_window']],
  ['dev', ['local', 'dev-min', 'prod'], ['dev-min']],
  ['S9', ['S0', 'S1'], []],
  ['', queries, []],
  ['something else', queries, []],
];
for (const [given, known, near] of cases) {
  test(`${given === '' ? 'nothing' : given} means ${near.join(' or ') || 'none of them'}`, () => {
    assert.deepEqual(nearestNames(given, known), near);
  });
}

test('a name with one typing error is found again', () => {
  const word = fc.stringMatching(/^[a-z]{6,12}$/);
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'change'), (name, at, error) => {
      const place = at % (name.length - 1);
      const [before, one, other, after] = [
        name.slice(0, place),
        name.slice(place, place + 1),
        name.slice(place + 1, place + 2),
        name.slice(place + 2),
      ];
      const mistyped = {
        drop: before + other + after,
        double: before + one + one + other + after,
        swap: before + other + one + after,
        change: `${before}0${other}${after}`,
      }[error];
      assert.deepEqual(nearestNames(mistyped, ['nothing like it at all', name]), [name]);
    }),
  );
});

test('a remedy begins with the name that was meant, and with nothing when none was', () => {
  assert.equal(didYouMean('prbe', ['probe']), 'Did you mean probe? ');
  assert.equal(didYouMean('xyz', ['probe']), '');
});
