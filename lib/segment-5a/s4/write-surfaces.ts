import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Column, rowsOf, type Table, tableFrom } from '../../tables/columns.ts';
import { columnDigest, contentDigestOf, repeatedColumnDigest } from '../../tables/content-digest.ts';
import { eventLoopTurn } from '../../tables/frames.ts';
import { productOf } from '../../tables/write-product.ts';
import { fail, failureOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import { type Dataset, datasetPath, type Partition } from '../dataset.ts';
import {
  merchantZoneOverlayFactors,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
} from '../datasets.ts';
import type { StagedFile } from '../frame/publish-outputs.ts';
import { digestOfFile } from '../frame/receipt-store.ts';
import type { Surfaces } from './compose-surfaces.ts';

/** Where the files of one part go. */
export type PartPlace = {
  readonly scratch: string;
  readonly partition: Partition;
  /** 0 for the first part of the bucket. */
  readonly part: number;
  /** Whether the policy asks for intensities by UTC. */
  readonly emitUtc: boolean;
};

const localIndex = 'local_horizon_bucket_index';
const utcIndex = 'utc_horizon_bucket_index';
const pairColumns = ['merchant_id', 'legal_country_iso', 'tzid', 'channel_group'];

/** Path of a part: the dataset's own for the first, a higher number in its name for the others. */
export function partPath(dataset: Dataset, partition: Partition, part: number): string {
  return datasetPath(dataset, partition).replace(/part-0\.parquet$/, `part-${part}.parquet`);
}

/**
 * Writes the surfaces of some merchant-zones, given with their key columns in the order of the values,
 * into the scratch folder. The files are staged, not published. Throws `S4_IO_WRITE_FAILED` (75).
 */
export async function writeSurfaces(
  pairs: Table,
  buckets: number,
  surfaces: Surfaces,
  place: PartPlace,
): Promise<readonly StagedFile[]> {
  const index: Column = { type: 'i32', values: Int32Array.from({ length: buckets }, (_, h) => h) };
  const schema = merchantZoneScenarioLocal.table.columns.filter(({ name }) =>
    [...pairColumns, localIndex].includes(name),
  );
  const product = productOf(schema, pairs, tableFrom({ [localIndex]: index }));
  const local: Column = { type: 'f64', values: surfaces.local };
  const factors: Column = { type: 'f64', values: surfaces.factors };
  const utc: Column = { type: 'f64', values: surfaces.utc };
  const write = async (
    dataset: Dataset,
    cells: Readonly<Record<string, Column>>,
    renamed: Readonly<Record<string, string>> = {},
  ) => {
    const path = partPath(dataset, place.partition, place.part);
    const stagedPath = join(place.scratch, path);
    await mkdir(dirname(stagedPath), { recursive: true });
    await asState(() => product.write(stagedPath, dataset.table, tableFrom(cells), renamed));
    const sha256 = await digestOfFile(stagedPath);
    if (sha256 === undefined) throw new Error(`${stagedPath} was not written`);
    return { dataset, path, stagedPath, sha256 };
  };
  const writes = [
    write(merchantZoneScenarioLocal, { lambda_local_scenario: local, overlay_factor_total: factors }),
    write(merchantZoneOverlayFactors, { overlay_factor_total: factors }),
    ...(place.emitUtc
      ? [write(merchantZoneScenarioUtc, { lambda_utc_scenario: utc }, { [localIndex]: utcIndex })]
      : []),
  ];
  const written = Promise.all(writes);
  // Other threads compress by now; this one digests the values meanwhile. A failure is met below.
  written.catch(() => undefined);
  await eventLoopTurn();
  const digests = keyDigests(pairs, index);
  const localDigest = columnDigest(local);
  digests.set('lambda_local_scenario', localDigest);
  digests.set('overlay_factor_total', columnDigest(factors));
  if (place.emitUtc) {
    digests.set('lambda_utc_scenario', surfaces.utc === surfaces.local ? localDigest : columnDigest(utc));
  }
  await Promise.allSettled(writes);
  return (await written).map(({ dataset, path, stagedPath, sha256 }) => ({
    stagedPath,
    output: {
      dataset: dataset.table.name,
      path,
      rows: product.rows,
      sha256,
      logical_sha256: contentDigestOf(dataset.table, product.rows, digests),
    },
  }));
}

/** Digests of the key columns as they stand in the files: pairs repeated, buckets over and over. */
function keyDigests(pairs: Table, index: Column): Map<string, Sha256> {
  const each = rowsOf(index);
  const digests = new Map<string, Sha256>();
  for (const [name, column] of pairs.columns) {
    digests.set(name, repeatedColumnDigest(column, { each, tiles: 1 }));
  }
  const buckets = repeatedColumnDigest(index, { each: 1, tiles: pairs.rows });
  return digests.set(localIndex, buckets).set(utcIndex, buckets);
}

async function asState(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code !== 'TABLE_WRITE_FAILED') throw error;
    fail({ ...failure, code: 'S4_IO_WRITE_FAILED' }, error);
  }
}
