import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strings, textOf, u64Values } from '../../../../lib/segment-5a/frame/table-access.ts';
import { merchantClassProfiles } from '../../../../lib/segment-5a/s1/class-profile.ts';
import { demandClasses } from '../../../../lib/segment-5a/vocabulary.ts';
import { encodeStrings, tableFrom } from '../../../../lib/tables/columns.ts';

type Row = readonly [merchant: bigint, demandClass: (typeof demandClasses)[number], weekly: number];

function profiles(rows: readonly Row[]) {
  const table = merchantClassProfiles(
    tableFrom({
      merchant_id: { type: 'u64', values: BigUint64Array.from(rows, ([id]) => id) },
      channel_group: encodeStrings(rows.map(() => 'card_present')),
      demand_class: {
        type: 'string',
        codes: Uint32Array.from(rows, ([, name]) => demandClasses.indexOf(name)),
        dictionary: demandClasses,
      },
      weekly_volume_expected: { type: 'f64', values: Float64Array.from(rows, ([, , weekly]) => weekly) },
    }),
  );
  const primary = strings(table, 'primary_demand_class');
  const seen = strings(table, 'classes_seen');
  return Array.from(u64Values(table, 'merchant_id'), (id, row) => [
    id,
    textOf(primary, row),
    textOf(seen, row),
  ]);
}

test('the class with most volume is primary, ties go to the earlier class of the catalogue', () => {
  assert.deepEqual(
    profiles([
      [1n, 'online_24h', 5],
      [1n, 'office_hours', 7],
      [2n, 'online_24h', 5],
      [2n, 'office_hours', 5],
    ]),
    [
      [1n, 'office_hours', 'office_hours;online_24h'],
      [2n, 'office_hours', 'office_hours;online_24h'],
    ],
  );
});

test('without any volume the class with most rows is primary', () => {
  assert.deepEqual(
    profiles([
      [2n ** 63n + 1n, 'office_hours', 0],
      [2n ** 63n + 1n, 'online_24h', 0],
      [2n ** 63n + 1n, 'online_24h', 0],
    ]),
    [[2n ** 63n + 1n, 'online_24h', 'office_hours;online_24h']],
  );
});
