import type { StringColumn, Table } from '../../tables/columns.ts';
import { cell, dataFault } from '../frame/segment-failure.ts';
import { f64Values, i32Values, strings, u64Values } from '../frame/table-access.ts';

/**
 * λ_base of some rows of the profile, back to back, out of the file that S3 wrote for them. The file is
 * read by position, so this proves the position of every row: each profile row in order, with all
 * week buckets in order. Throws `S4_DOMAIN_ALIGNMENT_FAILED` (65) naming the first row that is not.
 */
export function alignedBaseline(
  profile: Table,
  rows: Uint32Array,
  baseline: Table,
  weekBuckets: number,
): Float64Array {
  const expected = rows.length * weekBuckets;
  if (baseline.rows !== expected) {
    refuse(baseline.rows, 'rows', `${baseline.rows}, expected ${expected}`);
  }
  const merchants = words(u64Values(profile, 'merchant_id'));
  const ownMerchants = words(u64Values(baseline, 'merchant_id'));
  const buckets = i32Values(baseline, 'bucket_index');
  const texts = ['legal_country_iso', 'tzid', 'channel_group'].map((name) => {
    const own = strings(baseline, name);
    const inProfile = strings(profile, name);
    return { name, own: own.codes, wanted: inProfile.codes, translate: translation(inProfile, own) };
  });
  let at = 0;
  for (const row of rows) {
    const low = merchants[row * 2];
    const high = merchants[row * 2 + 1];
    for (let k = 0; k < weekBuckets; k += 1) {
      if (ownMerchants[at * 2] !== low || ownMerchants[at * 2 + 1] !== high) {
        refuse(at, 'merchant_id', String(u64Values(baseline, 'merchant_id')[at]));
      }
      if (buckets[at] !== k) refuse(at, 'bucket_index', String(buckets[at]));
      at += 1;
    }
  }
  for (const { name, own, wanted, translate } of texts) {
    at = 0;
    for (const row of rows) {
      const code = translate[wanted[row] ?? 0];
      for (const end = at + weekBuckets; at < end; at += 1) {
        if (own[at] !== code) refuse(at, name, strings(baseline, name).dictionary[own[at] ?? 0] ?? '');
      }
    }
  }
  const lambda = f64Values(baseline, 'lambda_local_base');
  for (let row = 0; row < lambda.length; row += 1) {
    const value = lambda[row] ?? Number.NaN;
    if (!(value >= 0 && value <= Number.MAX_VALUE)) {
      dataFault({
        code: 'S4_INTENSITY_NUMERIC_INVALID',
        message: `row ${row}: lambda_local_base is not a finite number of at least 0`,
        where: cell('merchant_zone_baseline_local_5A', row, 'lambda_local_base'),
        value: String(value),
        remedy: 'Run S3 again.',
      });
    }
  }
  return lambda;
}

function words(values: BigUint64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** Codes of one dictionary in terms of another; a text that the other lacks has no code there. */
function translation(from: StringColumn, to: StringColumn): readonly (number | undefined)[] {
  const codeOf = new Map(to.dictionary.map((text, code) => [text, code]));
  return from.dictionary.map((text) => codeOf.get(text));
}

function refuse(row: number, column: string, value: string): never {
  return dataFault({
    code: 'S4_DOMAIN_ALIGNMENT_FAILED',
    message: `the baseline is not the profile's rows in order with every week bucket: row ${row}, ${column} ${value}`,
    where: cell('merchant_zone_baseline_local_5A', row, column),
    value,
    remedy: 'Run S3 again for this profile.',
  });
}
