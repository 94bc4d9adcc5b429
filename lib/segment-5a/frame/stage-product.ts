import { type Table, tableFrom } from '../../tables/columns.ts';
import { columnDigest, contentDigestOf, repeatedColumnDigest } from '../../tables/content-digest.ts';
import { productOf } from '../../tables/write-product.ts';
import type { Dataset, Partition } from '../dataset.ts';
import type { StagedFile } from './publish-outputs.ts';
import type { StateContext } from './states.ts';
import { stageWritten } from './write-output.ts';

/** A table that holds every row of `outer` with every row of `inner`, and one row of `cells` for each. */
export type ProductParts = { readonly outer: Table; readonly inner: Table; readonly cells: Table };

/**
 * `stageTable` for a product, with neither keys nor their digests laid out row by row. That the outer
 * rows are sorted and unique, and the inner ones too, is the caller's to know.
 */
export function stageProduct(
  context: StateContext,
  dataset: Dataset,
  { outer, inner, cells }: ProductParts,
  partition: Partition,
): Promise<StagedFile> {
  const { table: schema } = dataset;
  const rows = outer.rows * inner.rows;
  const keys = schema.columns.filter(({ name }) => !cells.columns.has(name));
  const digests = new Map([
    ...Array.from(
      outer.columns,
      ([name, column]) => [name, repeatedColumnDigest(column, { each: inner.rows, tiles: 1 })] as const,
    ),
    ...Array.from(
      inner.columns,
      ([name, column]) => [name, repeatedColumnDigest(column, { each: 1, tiles: outer.rows })] as const,
    ),
    ...Array.from(cells.columns, ([name, column]) => [name, columnDigest(column)] as const),
  ]);
  return stageWritten(context, dataset, partition, {
    rows,
    digest: contentDigestOf(schema, rows, digests),
    write: (path) => productOf(keys, outer, inner).write(path, schema, cells),
  });
}

/** 0 … count − 1 as the one column of a table. */
export function indexTable(name: string, count: number): Table {
  return tableFrom({
    [name]: { type: 'i32', values: Int32Array.from({ length: count }, (_, index) => index) },
  });
}
