import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactValue } from '../../../lib/queries/exact-value.ts';
import { cellOf, csvOf } from '../../../lib/queries/render-result.ts';

const oids = {
  bool: 16,
  int8: 20,
  int4: 23,
  text: 25,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
};

const values: readonly (readonly [text: string | null, type: keyof typeof oids, value: unknown])[] = [
  [null, 'int8', null],
  ['t', 'bool', true],
  ['f', 'bool', false],
  ['-2147483648', 'int4', -2147483648],
  ['9223372036854775807', 'int8', '9223372036854775807'],
  ['-1', 'int8', '-1'],
  ['0.100000000000000000000000000000001', 'numeric', '0.100000000000000000000000000000001'],
  ['NaN', 'numeric', 'NaN'],
  ['0.1', 'float8', 0.1],
  ['1e+300', 'float8', 1e300],
  ['NaN', 'float8', 'NaN'],
  ['-Infinity', 'float8', '-Infinity'],
  ['2026-02-21 02:12:59.915+00', 'timestamptz', '2026-02-21T02:12:59.915000Z'],
  ['2026-02-21 02:12:59+00', 'timestamptz', '2026-02-21T02:12:59.000000Z'],
  ['2026-02-21 02:12:59.000001+00', 'timestamptz', '2026-02-21T02:12:59.000001Z'],
  ['2026-02-21 02:12:59.5', 'timestamp', '2026-02-21T02:12:59.500000'],
  ['infinity', 'timestamptz', 'infinity'],
  ['0044-03-15 00:00:00+00 BC', 'timestamptz', '0044-03-15 00:00:00+00 BC'],
  ['true', 'text', 'true'],
  ['', 'text', ''],
];
for (const [text, type, value] of values) {
  test(`${type} ${text} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(exactValue(text, oids[type]), value);
  });
}

test('CSV by RFC 4180: what must be quoted is, null and empty text differ', () => {
  const columns = ['a', 'b,c', 'd'].map((name) => ({ name, type: 'text' }));
  const rows = [
    ['plain', 'with "quotes"', 'line\nbreak'],
    [null, '', ' spaced '],
    [true, 1.5, '=1+1'],
  ];
  assert.equal(
    csvOf({ columns, rows }),
    'a,"b,c",d\r\nplain,"with ""quotes""","line\nbreak"\r\n,""," spaced "\r\ntrue,1.5,=1+1\r\n',
  );
  assert.equal(csvOf({ columns, rows: [] }), 'a,"b,c",d\r\n');
});

test('a cell never tears the table, nor the terminal', () => {
  assert.equal(cellOf('a\nb\u001b[31m'), 'a\\nb\\u001b[31m');
  assert.equal(cellOf(null), '∅');
  assert.equal(cellOf('null'), 'null');
});
