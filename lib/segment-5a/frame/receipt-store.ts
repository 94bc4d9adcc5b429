import { subtle } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { sha256OfStream } from '../../evidence/format/digest.ts';
import { errorCodeOf, fail, messageOf } from '../../vocabulary/failure.ts';
import { type Sha256, sha256Schema } from '../../vocabulary/identifiers.ts';
import { type OutputFile, type Receipt, type ReceiptScope, receiptPath, receiptSchema } from './receipt.ts';
import { dataFault } from './segment-failure.ts';
import type { StateName } from './states.ts';

/** Files up to this size are read whole and digested on another thread; larger ones are streamed. */
const largestWhole = 32 * 2 ** 20;

/** SHA-256 of a file, or `undefined` when there is none. */
export async function digestOfFile(path: string): Promise<Sha256 | undefined> {
  try {
    const { size } = await stat(path);
    if (size > largestWhole) return (await sha256OfStream(createReadStream(path))).sha256;
    const digest = await subtle.digest('SHA-256', await readFile(path));
    return sha256Schema.parse(Buffer.from(digest).toString('hex'));
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The committed receipt of an output, or `undefined` when nothing is committed. Throws when it is malformed. */
export async function findReceipt(runFolder: string, scope: ReceiptScope): Promise<Receipt | undefined> {
  const path = join(runFolder, receiptPath(scope));
  try {
    await access(path);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return undefined;
    return unreadable(path, scope.state, error);
  }
  return readReceiptFile(path, scope.state);
}

/** A receipt that is there. Throws `S{n}_IO_READ_FAILED` (75) or `S{n}_RECEIPT_INVALID` (65). */
export async function readReceiptFile(path: string, state: StateName): Promise<Receipt> {
  const bytes = await readFile(path).catch((error: unknown) => unreadable(path, state, error));
  const parsed = receiptSchema.safeParse(parseCanonicalJson(bytes, path));
  if (parsed.success) return parsed.data;
  return dataFault({
    code: `${state}_RECEIPT_INVALID`,
    message: `a receipt is malformed: ${parsed.error.issues[0]?.message ?? ''}`,
    where: path,
    remedy: 'Stage a clean candidate and run the state again; a receipt is never edited.',
  });
}

function unreadable(path: string, state: StateName, error: unknown): never {
  return fail(
    {
      exit: 'transient',
      code: `${state}_IO_READ_FAILED`,
      message: `a receipt cannot be read: ${messageOf(error)}`,
      where: path,
      remedy: 'Make the run folder readable and run again.',
    },
    error,
  );
}

/**
 * The absolute path of a committed file of an earlier state, after its bytes were compared with the
 * receipt. Throws under `code` (65) when nothing is committed, or the file is gone or altered.
 */
export async function committedFile(
  runFolder: string,
  scope: ReceiptScope,
  dataset: string,
  code: string,
): Promise<{ readonly path: string; readonly file: OutputFile }> {
  const receipt = await findReceipt(runFolder, scope);
  const file = receipt?.files.find((one) => one.dataset === dataset);
  if (file === undefined) {
    return dataFault({
      code,
      message: `${scope.state} has not published ${dataset}`,
      where: join(runFolder, receiptPath(scope)),
      remedy: `Run ${scope.state} first.`,
    });
  }
  const path = join(runFolder, file.path);
  const sha256 = await digestOfFile(path);
  if (sha256 === file.sha256) return { path, file };
  return dataFault({
    code,
    message: sha256 === undefined ? `${dataset} is missing` : `${dataset} was altered after it was published`,
    where: path,
    ...(sha256 === undefined ? {} : { value: sha256 }),
    remedy: `Stage a clean candidate and run ${scope.state} again.`,
  });
}
