import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import type { Table } from '../../tables/columns.ts';
import { contentDigest } from '../../tables/content-digest.ts';
import { writeTable } from '../../tables/write-table.ts';
import { fail, isPlatformError, messageOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import type { JsonValue } from '../../vocabulary/json.ts';
import { type Dataset, datasetPath, type Partition } from '../dataset.ts';
import type { StagedFile } from './publish-outputs.ts';
import { digestOfFile } from './receipt-store.ts';
import type { StateContext } from './states.ts';

/** Validates a table against its dataset, writes it into the scratch folder and digests both forms. */
export async function stageTable(
  context: StateContext,
  dataset: Dataset,
  table: Table,
  partition: Partition = {},
): Promise<StagedFile> {
  return stageWritten(context, dataset, partition, {
    rows: table.rows,
    digest: contentDigest(dataset.table, table),
    write: (path) => writeTable(path, dataset.table, table),
  });
}

/** A table that its owner writes: how, how many rows it will have, and the digest of its content. */
export type OwnWriting = {
  readonly rows: number;
  readonly digest: Sha256;
  readonly write: (path: string) => Promise<void>;
};

/** As `stageTable`, with a writer of the caller's own. */
export async function stageWritten(
  context: StateContext,
  dataset: Dataset,
  partition: Partition,
  { rows, digest, write }: OwnWriting,
): Promise<StagedFile> {
  const path = datasetPath(dataset, { ...runPartition(context), ...partition });
  const stagedPath = join(context.scratch, path);
  await asState(context, stagedPath, async () => {
    await mkdir(dirname(stagedPath), { recursive: true });
    await write(stagedPath);
  });
  const sha256 = await digestOfFile(stagedPath);
  if (sha256 === undefined) throw new Error(`${stagedPath} was not written`);
  return { stagedPath, output: { dataset: dataset.table.name, path, rows, sha256, logical_sha256: digest } };
}

/** A document as canonical JSON; its bytes are its content, so both digests are one. */
export async function stageDocument(
  context: StateContext,
  name: string,
  path: string,
  document: JsonValue,
  rows: number,
): Promise<StagedFile> {
  const stagedPath = join(context.scratch, path);
  const bytes = canonicalBytes(document);
  await asState(context, stagedPath, async () => {
    await mkdir(dirname(stagedPath), { recursive: true });
    await writeFile(stagedPath, bytes);
  });
  const sha256 = sha256Of(bytes);
  return { stagedPath, output: { dataset: name, path, rows, sha256, logical_sha256: sha256 } };
}

/** The partition values that every dataset of a run shares. */
export function runPartition({ run }: StateContext): Partition {
  return { manifest_fingerprint: run.manifestFingerprint, parameter_hash: run.parameterHash };
}

/** Whatever keeps a file from being written is the state's own `S{n}_IO_WRITE_FAILED` (75). */
async function asState(context: StateContext, path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isPlatformError(error) && error.failure.code !== 'TABLE_WRITE_FAILED') throw error;
    fail(
      {
        exit: 'transient',
        code: `${context.state}_IO_WRITE_FAILED`,
        message: messageOf(error),
        where: path,
        remedy: 'Free disk space or make the run folder writable, then run again; nothing was committed.',
      },
      error,
    );
  }
}
