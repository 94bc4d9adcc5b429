import type { Table } from '../../tables/columns.ts';
import { productOf } from '../../tables/write-product.ts';
import { merchantZoneBaseline } from '../datasets.ts';
import { f64Column, i32Column, tableOf, takeRows } from '../frame/build-columns.ts';
import { bucketIndexColumn } from '../s2/shape-tables.ts';

const { table: schema } = merchantZoneBaseline;
const keyNames = ['merchant_id', 'legal_country_iso', 'tzid', 'channel_group'];
const keySchema = schema.columns.filter(({ name }) => name !== 'lambda_local_base');

/**
 * Writes the baseline of some rows of a profile as the product of those rows with the buckets of the
 * week, so that no key is repeated outside the writer. Order and uniqueness follow from the profile's.
 */
export async function writeBaseline(
  path: string,
  profile: Table,
  rows: Uint32Array,
  buckets: number,
  lambda: Float64Array,
): Promise<void> {
  const keys = keyNames.map((name) => {
    const column = profile.columns.get(name);
    if (column === undefined) throw new Error(`the profile has no column ${name}`);
    return [name, takeRows(column, rows)] as const;
  });
  const outer = tableOf(rows.length, Object.fromEntries(keys));
  const inner = tableOf(buckets, { bucket_index: i32Column(bucketIndexColumn(1, buckets)) });
  const cells = tableOf(lambda.length, { lambda_local_base: f64Column(lambda) });
  await productOf(keySchema, outer, inner).write(path, schema, cells);
}
