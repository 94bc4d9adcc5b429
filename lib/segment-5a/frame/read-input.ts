import { join } from 'node:path';
import type { Table } from '../../tables/columns.ts';
import { readTable } from '../../tables/read-table.ts';
import type { TableSchema } from '../../tables/schema.ts';
import { failureOf } from '../../vocabulary/failure.ts';
import { type Dataset, datasetPath, type Partition } from '../dataset.ts';
import { type Gate, predecessorCode } from '../s0/gate-receipt.ts';
import { committedFile, digestOfFile } from './receipt-store.ts';
import { dataFault } from './segment-failure.ts';
import type { StateContext, StateName } from './states.ts';

/**
 * A table of the world, every row held to its schema, and its bytes to what S0 sealed: a world altered
 * afterwards is refused with `S{n}_SEALED_INPUT_DIGEST_MISMATCH` (65).
 */
export async function readSealedTable(
  context: StateContext,
  gate: Gate,
  dataset: Dataset,
  artifactId: string,
  partition: Partition = {},
): Promise<Table> {
  const path = join(context.world.data, datasetPath(dataset, partition));
  const sealed = gate.sealed.find(({ artifact_id }) => artifact_id === artifactId);
  const digest = await digestOfFile(path);
  if (sealed === undefined || digest === undefined) {
    return dataFault({
      code: `${context.state}_REQUIRED_INPUT_MISSING`,
      message:
        sealed === undefined ? `S0 has not sealed ${artifactId}` : `${artifactId} is missing from the world`,
      where: path,
      remedy: 'Restore the world, or run S0 again in a clean candidate.',
    });
  }
  if (digest !== sealed.sha256_hex) {
    return dataFault({
      code: `${context.state}_SEALED_INPUT_DIGEST_MISMATCH`,
      message: `${artifactId} was altered after it was sealed`,
      where: path,
      value: digest,
      remedy: 'Restore the world, or run S0 again in a clean candidate.',
    });
  }
  return readChecked(path, dataset.table, `${context.state}_SEALED_INPUT_SCHEMA_MISMATCH`);
}

/** A table that an earlier state committed, compared with its receipt, every row held to its schema. */
export async function readCommittedTable(
  context: StateContext,
  producer: StateName,
  dataset: Dataset,
): Promise<Table> {
  const code = predecessorCode(context.state);
  const { path } = await committedFile(
    context.runFolder,
    { state: producer, manifest_fingerprint: context.run.manifestFingerprint },
    dataset.table.name,
    code,
  );
  return readChecked(path, dataset.table, code);
}

/** Reads a table; what its schema refuses comes out under `code`, with the place and the remedy of the refusal. */
export async function readChecked(path: string, schema: TableSchema, code: string): Promise<Table> {
  try {
    return await readTable(path, schema);
  } catch (error) {
    const { exit, code: original, message, where, value, remedy } = failureOf(error);
    if (exit !== 'data') throw error;
    return dataFault({
      code,
      message: `${schema.name}: ${message} (${original})`,
      where: where === undefined || where === path ? path : `${path}: ${where}`,
      ...(value === undefined ? {} : { value }),
      remedy,
    });
  }
}
