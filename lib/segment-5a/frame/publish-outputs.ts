import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { errorCodeOf, fail, messageOf } from '../../vocabulary/failure.ts';
import { type OutputFile, type Receipt, receiptDocument, receiptPath, sameContent } from './receipt.ts';
import { digestOfFile, findReceipt } from './receipt-store.ts';

/** What became of a state's output. `identical` means that it was there already, with the same values. */
export type Publication = { readonly kind: 'published' | 'identical'; readonly receipt: Receipt };

/** A finished file in the state's scratch folder, and where it belongs. */
export type StagedFile = { readonly stagedPath: string; readonly output: OutputFile };

export type PublishRequest = {
  readonly runFolder: string;
  readonly receipt: Omit<Receipt, 'schema' | 'files'>;
  readonly files: readonly StagedFile[];
  /** Scratch folder on the file system of the run folder. */
  readonly scratch: string;
};

/**
 * Publishes the files of one receipt: moves them to their places, then commits the receipt
 * put-if-absent. What is already committed with the same values stays as it is; with other values, or
 * with a file altered since, nothing changes and `S{n}_OUTPUT_CONFLICT` (73) is thrown. Files that a
 * crash left without a receipt were never committed and are replaced.
 */
export async function publishOutputs(request: PublishRequest): Promise<Publication> {
  const { runFolder } = request;
  const receipt: Receipt = {
    schema: 'fraud-platform/segment-receipt/v1',
    ...request.receipt,
    files: request.files.map(({ output }) => output),
  };
  const before = await findReceipt(runFolder, receipt);
  if (before !== undefined) return compare(runFolder, before, receipt);
  try {
    for (const { stagedPath, output } of request.files) {
      const target = join(runFolder, output.path);
      await mkdir(dirname(target), { recursive: true });
      await rename(stagedPath, target);
    }
    const committed = await commit(request, receipt);
    if (committed) return { kind: 'published', receipt };
  } catch (error) {
    return writeFailed(receipt, error);
  }
  // Another process committed meanwhile.
  const winner = await findReceipt(runFolder, receipt);
  return winner === undefined ? writeFailed(receipt, undefined) : compare(runFolder, winner, receipt);
}

async function commit(request: PublishRequest, receipt: Receipt): Promise<boolean> {
  const target = join(request.runFolder, receiptPath(receipt));
  const staged = join(request.scratch, `receipt-${receipt.scenario_id ?? ''}-${receipt.mbucket ?? ''}.json`);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(staged, canonicalBytes(receiptDocument(receipt)), { flush: true });
  try {
    await link(staged, target);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(staged, { force: true });
  }
}

async function compare(runFolder: string, existing: Receipt, receipt: Receipt): Promise<Publication> {
  if (!sameContent(existing, receipt)) {
    const differing = receipt.files.find(
      (file) =>
        !existing.files.some(
          (other) => other.path === file.path && other.logical_sha256 === file.logical_sha256,
        ),
    );
    return conflict(receipt, differing?.path ?? receiptPath(receipt), 'is committed with other content');
  }
  for (const { path, sha256 } of existing.files) {
    if ((await digestOfFile(join(runFolder, path))) !== sha256) {
      return conflict(receipt, path, 'was altered or removed after it was committed');
    }
  }
  return { kind: 'identical', receipt: existing };
}

function conflict(receipt: Receipt, path: string, what: string): never {
  return fail({
    exit: 'conflict',
    code: `${receipt.state}_OUTPUT_CONFLICT`,
    message: `an output of ${receipt.state} ${what}`,
    where: path,
    remedy: `Stage a clean candidate (fraudctl segment stage --rerun ${receipt.state}); what is published never changes.`,
  });
}

function writeFailed(receipt: Receipt, error: unknown): never {
  return fail(
    {
      exit: 'transient',
      code: `${receipt.state}_IO_WRITE_FAILED`,
      message: `the output of ${receipt.state} cannot be written: ${messageOf(error)}`,
      where: receiptPath(receipt),
      remedy: 'Free disk space or make the run folder writable, then run again; nothing was committed.',
    },
    error,
  );
}
