import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignedBaseline } from '../../../../lib/segment-5a/s4/baseline-part.ts';
import { encodeStrings, type Table, tableFrom } from '../../../../lib/tables/columns.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';

type Row = {
  readonly id: bigint;
  readonly country: string;
  readonly tzid: string;
  readonly channel: string;
  readonly bucket: number;
  readonly lambda: number;
};

const pairs = [
  { id: 7n, country: 'DE', tzid: 'Europe/Berlin', channel: 'card_present' },
  { id: 2n ** 63n, country: 'US', tzid: 'America/Chicago', channel: 'card_not_present' },
];
const week = [0, 1, 2];
const rows: readonly Row[] = pairs.flatMap((pair) =>
  week.map((bucket) => ({ ...pair, bucket, lambda: bucket + Number(pair.id % 10n) })),
);

function tableOf(of: readonly Partial<Row>[]): Table {
  const text = (pick: (row: Partial<Row>) => string | undefined) =>
    encodeStrings(of.map((row) => pick(row) ?? ''));
  return tableFrom({
    merchant_id: { type: 'u64', values: BigUint64Array.from(of, ({ id = 0n }) => id) },
    legal_country_iso: text(({ country }) => country),
    tzid: text(({ tzid }) => tzid),
    channel_group: text(({ channel }) => channel),
    bucket_index: { type: 'i32', values: Int32Array.from(of, ({ bucket = 0 }) => bucket) },
    lambda_local_base: { type: 'f64', values: Float64Array.from(of, ({ lambda = 0 }) => lambda) },
  });
}
const aligned = (baseline: readonly Row[]) =>
  alignedBaseline(tableOf(pairs), Uint32Array.of(0, 1), tableOf(baseline), week.length);

test('rows of the baseline are taken by position when each is where the profile says', () => {
  assert.deepEqual(
    [...aligned(rows)],
    rows.map(({ lambda }) => lambda),
  );
});

const strangers: readonly (readonly [what: string, baseline: readonly Row[], told: RegExp])[] = [
  ['a row too few', rows.slice(1), /rows 5, expected 6/],
  ['another merchant', changed(4, { id: 8n }), /row 4, merchant_id 8/],
  [
    'a merchant that differs in its high half alone',
    changed(0, { id: 7n + 2n ** 40n }),
    /row 0, merchant_id/,
  ],
  ['two buckets exchanged', [rows[1], rows[0], ...rows.slice(2)] as Row[], /row 0, bucket_index 1/],
  ['another country', changed(5, { country: 'CA' }), /row 5, legal_country_iso CA/],
  ['another zone', changed(2, { tzid: 'Europe/Busingen' }), /row 2, tzid Europe\/Busingen/],
  ['another channel', changed(3, { channel: 'card_present' }), /row 3, channel_group card_present/],
];
for (const [what, baseline, told] of strangers) {
  test(`refused, naming the row: ${what}`, () => {
    assert.throws(
      () => aligned(baseline),
      (error) => {
        assert.ok(isPlatformError(error), String(error));
        assert.deepEqual([error.failure.code, error.failure.exit], ['S4_DOMAIN_ALIGNMENT_FAILED', 'data']);
        assert.match(error.failure.message, told);
        return true;
      },
    );
  });
}

test('an intensity that is none is refused', () => {
  for (const lambda of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => aligned(changed(1, { lambda })),
      (error) => isPlatformError(error) && error.failure.code === 'S4_INTENSITY_NUMERIC_INVALID',
    );
  }
});

function changed(at: number, change: Partial<Row>): readonly Row[] {
  return rows.map((row, index) => (index === at ? { ...row, ...change } : row));
}
