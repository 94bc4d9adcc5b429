import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMinutes, instantOfMinute } from '../../../../lib/segment-5a/frame/instants.ts';

test('instants and minutes go both ways', () => {
  assert.equal(epochMinutes('1970-01-01T00:01:30.000000Z'), 1.5);
  assert.ok(Math.abs(epochMinutes('1970-01-01T00:00:00.000600Z') - 1e-5) < 1e-12);
  assert.equal(instantOfMinute(epochMinutes('2026-03-29T01:00:00.000000Z')), '2026-03-29T01:00:00.000000Z');
});

for (const text of ['2026-02-30T00:00:00.000000Z', '2026-13-01T00:00:00.000000Z', 'yesterday']) {
  test(`${text} is no instant`, () => {
    assert.ok(Number.isNaN(epochMinutes(text)));
  });
}
