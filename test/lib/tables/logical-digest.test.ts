import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableFrom } from '../../../lib/tables/columns.ts';
import { logicalDigest, logicalDigestOfProduct } from '../../../lib/tables/logical-digest.ts';
import type { ColumnSchema } from '../../../lib/tables/schema.ts';

const schema: readonly ColumnSchema[] = [
  { name: 'id', type: 'u64', nullable: false },
  { name: 'place', type: 'string', nullable: true },
];

function table(
  ids: readonly bigint[],
  codes: readonly number[],
  dictionary: readonly string[],
  nulls?: readonly number[],
) {
  return tableFrom({
    id: { type: 'u64', values: BigUint64Array.from(ids) },
    place: {
      type: 'string',
      codes: Uint32Array.from(codes),
      dictionary,
      ...(nulls === undefined ? {} : { nulls: Uint8Array.from(nulls) }),
    },
  });
}

test('the digest does not depend on how text is coded, nor on what stands under a null', () => {
  const digest = logicalDigest(schema, table([1n, 2n], [0, 1], ['a', 'b']));
  assert.equal(logicalDigest(schema, table([1n, 2n], [2, 0], ['b', 'unused', 'a'])), digest);
  assert.equal(logicalDigest(schema, table([1n, 2n], [0, 1], ['a', 'b'], [0, 0])), digest);
  const withNull = logicalDigest(schema, table([1n, 2n], [0, 1], ['a', 'b'], [0, 1]));
  assert.equal(logicalDigest(schema, table([1n, 2n], [0, 0], ['a', 'b'], [0, 1])), withNull);
  assert.notEqual(withNull, digest);
});

test('the digest sees order, values beyond 2^53, text, and names', () => {
  const digest = logicalDigest(schema, table([1n, 2n ** 60n], [0, 1], ['a', 'b']));
  const others = [
    logicalDigest(schema, table([2n ** 60n, 1n], [1, 0], ['a', 'b'])),
    logicalDigest(schema, table([1n, 2n ** 60n + 1n], [0, 1], ['a', 'b'])),
    logicalDigest(schema, table([1n, 2n ** 60n], [0, 0], ['a', 'b'])),
    logicalDigest(schema, table([1n, 2n ** 60n], [0, 1], ['a', 'c'])),
    logicalDigest(schema.toReversed(), table([1n, 2n ** 60n], [0, 1], ['a', 'b'])),
  ];
  assert.ok(!others.includes(digest));
  assert.equal(new Set(others).size, others.length);
});

test('a product is digested by its parts and never looks like a plain table', () => {
  const hours: readonly ColumnSchema[] = [
    ...schema,
    { name: 'hour', type: 'i32', nullable: false },
    { name: 'x', type: 'f64', nullable: false },
  ];
  const outer = table([1n, 2n], [0, 1], ['a', 'b']);
  const inner = tableFrom({ hour: { type: 'i32', values: Int32Array.of(0, 1) } });
  const cells = (last: number) => tableFrom({ x: { type: 'f64', values: Float64Array.of(1, 2, 3, last) } });
  const digest = logicalDigestOfProduct(hours, outer, inner, cells(4));
  assert.equal(logicalDigestOfProduct(hours, outer, inner, cells(4)), digest);
  assert.notEqual(logicalDigestOfProduct(hours, outer, inner, cells(5)), digest);
  assert.notEqual(
    logicalDigestOfProduct(hours, table([1n, 3n], [0, 1], ['a', 'b']), inner, cells(4)),
    digest,
  );
});
