import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canonicalBytes,
  canonicalJson,
  parseCanonicalJson,
} from '../../../../lib/evidence/format/canonical-json.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import type { JsonValue } from '../../../../lib/vocabulary/json.ts';

const golden: readonly [string, JsonValue, string][] = [
  [
    'keys by UTF-16 code units',
    { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 },
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  ],
  [
    'numbers as ECMAScript writes them',
    [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0],
    '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
  ],
  ['strings with the shortest escapes', '\u20ac$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
  ['literals', [null, true, false], '[null,true,false]'],
];
for (const [what, value, text] of golden) {
  test(`RFC 8785: ${what}`, () => assert.equal(canonicalJson(value), text));
}

const loose: readonly [string, unknown][] = [
  ['undefined', { a: undefined }],
  ['NaN', [Number.NaN]],
  ['an infinity', { a: Number.POSITIVE_INFINITY }],
  ['a bigint', { a: 1n }],
  ['a lone surrogate', { a: '\ud800' }],
  ['a lone surrogate in a key', { '\udc00': 1 }],
  ['a date', { a: new Date(0) }],
  ['a map', new Map()],
  ['a function', { a: () => 1 }],
  ['a hole in an array', [1, undefined, 2]],
];
for (const [what, value] of loose) {
  test(`refuses ${what}, naming where`, () => {
    assert.throws(
      () => canonicalJson(value as JsonValue),
      (error) =>
        isPlatformError(error) && error.failure.code === 'JSON_NOT_CANONICAL' && error.message.includes('$'),
    );
  });
}

const wellFormed = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed());
const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    wellFormed,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(wellFormed, tie('json'), { maxKeys: 4 }),
  ),
}));

test('what is written is read back, and written again it is the same', () => {
  fc.assert(
    fc.property(json, (value) => {
      const bytes = canonicalBytes(value);
      assert.deepEqual(canonicalBytes(parseCanonicalJson(bytes, 'law')), bytes);
    }),
  );
});

test('the order in which keys were set does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(wellFormed, json, { minKeys: 2, maxKeys: 6 }), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(canonicalJson(reversed), canonicalJson(value));
    }),
  );
});

test('a space anywhere outside of a string, or a line end, is refused', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(' ', '\n', '\t'), fc.boolean(), (value, space, before) => {
      const text = canonicalJson(value);
      const altered = before ? space + text : text + space;
      assert.throws(() => parseCanonicalJson(new TextEncoder().encode(altered), 'law'), /canonical/);
    }),
  );
});

const notCanonical = [
  '{"b":1,"a":2}',
  '{"a":1.0}',
  '{"a":1e0}',
  '{"a":"\\u0041"}',
  '{"a":1,"a":1}',
  '[1, 2]',
  '\ufeff{}',
  '{',
  '',
  '01',
];
for (const text of notCanonical) {
  test(`refuses ${JSON.stringify(text)} as evidence, naming the object`, () => {
    assert.throws(
      () => parseCanonicalJson(new TextEncoder().encode(text), 'verdict.json'),
      (error) => isPlatformError(error) && error.exitCode === 65 && error.failure.where === 'verdict.json',
    );
  });
}

test('refuses bytes that are not UTF-8', () => {
  assert.throws(() => parseCanonicalJson(Uint8Array.of(0x22, 0xff, 0x22), 'x'), /UTF-8/);
});
