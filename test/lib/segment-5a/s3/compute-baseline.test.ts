import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classZonesOf } from '../../../../lib/segment-5a/s2/class-zones.ts';
import { alignedShapes } from '../../../../lib/segment-5a/s2/read-shapes.ts';
import { baselineLambda } from '../../../../lib/segment-5a/s3/compute-baseline.ts';
import { encodeStrings, type Table, tableFrom } from '../../../../lib/tables/columns.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';

const policy = {
  version: 'v1',
  shape_sum_tolerance: 1e-6,
  weekly_relative_tolerance: 1e-6,
  maximum_lambda: 100,
  maximum_weekly: 1_000,
} as const;

function profile(weekly: readonly number[]): Table {
  return tableFrom({
    merchant_id: { type: 'u64', values: BigUint64Array.from(weekly, (_, row) => BigInt(row + 1)) },
    legal_country_iso: encodeStrings(weekly.map(() => 'DE')),
    tzid: encodeStrings(weekly.map(() => 'Europe/Berlin')),
    channel_group: encodeStrings(weekly.map(() => 'card_present')),
    demand_class: encodeStrings(weekly.map(() => 'office_hours')),
    weekly_volume_expected: { type: 'f64', values: Float64Array.from(weekly) },
  });
}

function lambdaOf(weekly: number, shape: readonly number[]) {
  const table = profile([weekly]);
  const shapes = { classZones: classZonesOf(table), buckets: shape.length, values: Float64Array.from(shape) };
  return baselineLambda(table, Uint32Array.of(0), shapes, policy);
}

const even = Array.from({ length: 168 }, () => 1 / 168);

test('a zone without volume has λ 0 in every bucket', () => {
  assert.ok(lambdaOf(0, even).lambda.every((value) => value === 0));
});

for (const [name, weekly, shape] of [
  ['a weekly volume above the limit', 1_001, even],
  ['a negative weekly volume', -1, even],
  ['a weekly volume that is not a number', Number.NaN, even],
  ['an infinite weekly volume', Number.POSITIVE_INFINITY, even],
  ['λ above the limit', 900, [0.5, 0.5]],
  ['a shape that does not add up to 1', 900, even.map((value) => value * 1.001)],
  ['a shape with a value that is not a number', 900, even.with(7, Number.NaN)],
] as const) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => lambdaOf(weekly, shape),
      (error) => isPlatformError(error) && error.failure.code === 'S3_INTENSITY_NUMERIC_INVALID',
    );
  });
}

function shapeRows(
  change: (row: { tzid: string; k: number }, index: number) => { tzid: string; k: number },
): Table {
  const rows = Array.from({ length: 168 }, (_, k) => ({ tzid: 'Europe/Berlin', k })).map(change);
  return tableFrom({
    demand_class: encodeStrings(rows.map(() => 'office_hours')),
    channel_group: encodeStrings(rows.map(() => 'card_present')),
    legal_country_iso: encodeStrings(rows.map(() => 'DE')),
    tzid: encodeStrings(rows.map(({ tzid }) => tzid)),
    bucket_index: { type: 'i32', values: Int32Array.from(rows, ({ k }) => k) },
    shape_value: { type: 'f64', values: Float64Array.from(even) },
  });
}

test('shapes are aligned by proof: another zone, another bucket, a row too few is refused', () => {
  const table = profile([10]);
  assert.equal(
    alignedShapes(
      table,
      shapeRows((row) => row),
      168,
    ).classZones.count,
    1,
  );
  const code = (expected: string) => (error: unknown) =>
    isPlatformError(error) && error.failure.code === expected;
  const elsewhere = shapeRows((row, index) => (index === 5 ? { ...row, tzid: 'Europe/Paris' } : row));
  assert.throws(() => alignedShapes(table, elsewhere, 168), code('S3_DOMAIN_ALIGNMENT_FAILED'));
  const swapped = shapeRows((row, index) =>
    index === 3 ? { ...row, k: 4 } : index === 4 ? { ...row, k: 3 } : row,
  );
  assert.throws(() => alignedShapes(table, swapped, 168), code('S3_SHAPE_JOIN_FAILED'));
  assert.throws(
    () =>
      alignedShapes(
        table,
        shapeRows((row) => row),
        167,
      ),
    code('S3_DOMAIN_ALIGNMENT_FAILED'),
  );
});
