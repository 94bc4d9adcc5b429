import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitted, type LookingStream, lookOf, paint } from '../../../bin/terminal/look.ts';

const terminal: LookingStream = { isTTY: true, columns: 132 };
const cases: readonly (readonly [
  what: string,
  stream: LookingStream,
  variables: Readonly<Record<string, string>>,
  colour: boolean,
  width: number | undefined,
])[] = [
  ['a terminal', terminal, { TERM: 'xterm-256color' }, true, 132],
  ['a terminal under NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '1' }, false, 132],
  ['a terminal under an empty NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '' }, true, 132],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false, 132],
  ['a pipe', {}, { TERM: 'xterm' }, false, undefined],
  ['a pipe under FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true, undefined],
  ['a pipe under both', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false, undefined],
  ['a terminal under FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false, 132],
  ['a terminal that does not know its width', { isTTY: true, columns: 0 }, {}, true, undefined],
];
for (const [what, stream, variables, colour, width] of cases) {
  test(`${what} shows ${colour ? 'colours' : 'no colours'} and ${width ?? 'any number of'} columns`, () => {
    assert.deepEqual(lookOf(stream, variables), { colour, width });
  });
}

test('paint comes off where it is not shown', () => {
  const text = `${paint('green', 'PASS')}  probe`;
  assert.equal(fitted(text, { colour: false, width: undefined }), 'PASS  probe');
  assert.equal(fitted(text, { colour: true, width: undefined }), text);
});
