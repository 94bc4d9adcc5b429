import type { Table } from '../../tables/columns.ts';
import { f64Column, i32Column, tableOf, takeRows } from '../frame/build-columns.ts';
import { cell, dataFault } from '../frame/segment-failure.ts';
import { indexTable, type ProductParts } from '../frame/stage-product.ts';
import { f64Values, u64Values } from '../frame/table-access.ts';
import { merchantBucket, merchantBuckets } from '../laws/merchant-bucket.ts';
import type { BaselineIntensityPolicy } from '../policies/baseline-intensity.ts';
import type { ClassZones } from '../s2/class-zones.ts';
import { bucketIndexColumn, classZoneKeyColumns } from '../s2/shape-tables.ts';

/** Shapes as S3 uses them: one for each class-zone of the profile, back to back. */
export type BaselineShapes = {
  readonly classZones: ClassZones;
  readonly buckets: number;
  readonly values: Float64Array;
};

/** Profile rows by merchant bucket, ascending within each. */
export function rowsByMerchantBucket(profile: Table): readonly Uint32Array[] {
  const merchants = u64Values(profile, 'merchant_id');
  const rows: number[][] = Array.from({ length: merchantBuckets }, () => []);
  let bucket = 0;
  for (const [row, merchant] of merchants.entries()) {
    if (row === 0 || merchant !== merchants[row - 1]) bucket = merchantBucket(merchant);
    rows[bucket]?.push(row);
  }
  return rows.map((list) => Uint32Array.from(list));
}

/**
 * S3 for some rows of the profile: λ_base = weekly · shape for each bucket of the week, sorted like the
 * profile. Throws `S3_INTENSITY_NUMERIC_INVALID` (65) on a weekly volume or λ that is not finite, is
 * negative or beyond the policy's limits, and on a row whose λ do not add up to its weekly volume.
 * The λ are in `buffer` until it is used again.
 */
export function baselineLambda(
  profile: Table,
  rows: Uint32Array,
  shapes: BaselineShapes,
  policy: BaselineIntensityPolicy,
  buffer: Float64Array = new Float64Array(rows.length * shapes.buckets),
): { readonly lambda: Float64Array; readonly relativeErrors: Float64Array } {
  const weeklyVolumes = f64Values(profile, 'weekly_volume_expected');
  const { buckets } = shapes;
  const lambda = buffer.subarray(0, rows.length * buckets).fill(0);
  const relativeErrors = new Float64Array(rows.length);
  for (const [index, row] of rows.entries()) {
    const weekly = weeklyVolumes[row] ?? Number.NaN;
    if (!(weekly >= 0 && weekly <= policy.maximum_weekly)) {
      invalid(row, 'weekly_volume_expected', weekly, `is not between 0 and ${policy.maximum_weekly}`);
    }
    if (weekly === 0) continue;
    const from = (shapes.classZones.ofRow[row] ?? 0) * buckets;
    const to = index * buckets;
    let sum = 0;
    let largest = 0;
    for (let k = 0; k < buckets; k += 1) {
      const value = weekly * (shapes.values[from + k] ?? Number.NaN);
      lambda[to + k] = value;
      sum += value;
      if (!(value <= largest)) largest = value;
    }
    if (!(largest <= policy.maximum_lambda)) {
      invalid(row, 'lambda_local_base', largest, `is above ${policy.maximum_lambda}`);
    }
    const error = Math.abs(sum - weekly) / Math.max(Math.abs(weekly), 1);
    if (!(error <= policy.weekly_relative_tolerance)) {
      invalid(row, 'lambda_local_base', sum, `is the sum over the week, the weekly volume is ${weekly}`);
    }
    relativeErrors[index] = error;
  }
  return { lambda, relativeErrors };
}

/** The baseline of some rows of the profile, as those rows' keys times the buckets of the week. */
export function baselineParts(
  profile: Table,
  rows: Uint32Array,
  buckets: number,
  lambda: Float64Array,
): ProductParts {
  const keys = ['merchant_id', 'legal_country_iso', 'tzid', 'channel_group'].map((name) => {
    const column = profile.columns.get(name);
    if (column === undefined) throw new Error(`the profile has no column ${name}`);
    return [name, takeRows(column, rows)] as const;
  });
  return {
    outer: tableOf(rows.length, Object.fromEntries(keys)),
    inner: indexTable('bucket_index', buckets),
    cells: tableOf(lambda.length, { lambda_local_base: f64Column(lambda) }),
  };
}

/** Sum of the baseline by class-zone, added up in the order of the profile so that its bits do not vary. */
export function classBaselineTable(profile: Table, shapes: BaselineShapes): Table {
  const weekly = f64Values(profile, 'weekly_volume_expected');
  const { classZones, buckets } = shapes;
  const sums = new Float64Array(classZones.count * buckets);
  for (let row = 0; row < profile.rows; row += 1) {
    const volume = weekly[row] ?? 0;
    if (volume === 0) continue;
    const at = (classZones.ofRow[row] ?? 0) * buckets;
    for (let k = at; k < at + buckets; k += 1) sums[k] = (sums[k] ?? 0) + volume * (shapes.values[k] ?? 0);
  }
  return tableOf(sums.length, {
    ...classZoneKeyColumns(profile, classZones, buckets),
    bucket_index: i32Column(bucketIndexColumn(classZones.count, buckets)),
    lambda_local_base_class: f64Column(sums),
  });
}

function invalid(row: number, column: string, value: number, message: string): never {
  return dataFault({
    code: 'S3_INTENSITY_NUMERIC_INVALID',
    message: `${column} ${message}`,
    where: cell('merchant_zone_profile_5A', row, column),
    value: String(value),
    remedy:
      'Run S1 and S2 again; if they made it, lower the scale or raise the limit in baseline_intensity.yaml.',
  });
}
