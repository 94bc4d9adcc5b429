import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { statementName, statementSchema } from '../../evidence/format/bundle.ts';
import { canonicalBytes, parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import { outputFileSchema, type Receipt, type ReceiptScope, receiptDocument } from '../frame/receipt.ts';

export const validationReportSchema = 'fraud-platform/segment-validation-report/v2';
/** Below the payload of a validation bundle. */
export const validationReportPath = 'reports/validation_report_5A.json';

/** A file as a validation bundle names it: by what it says, so that another writer of it gives the same bundle. */
const sealedFileSchema = outputFileSchema.omit({ sha256: true });
export type SealedFile = z.infer<typeof sealedFileSchema>;

/** A receipt as a validation bundle is about it. */
export type SealedReceipt = {
  readonly name: string;
  /** In its order; they stand in the report, below the digest of the bundle. */
  readonly files: readonly SealedFile[];
  /** Of the receipt itself, bytes of its files included; it stands in the statement, outside of the digest. */
  readonly receiptSha256: Sha256 | undefined;
};

/** The receipts that a validation bundle is about, by name. */
export type SealedReceipts = ReadonlyMap<string, SealedReceipt>;

const reportSchema = z.looseObject({
  schema: z.literal(validationReportSchema),
  outputs: z.array(z.strictObject({ name: z.string().min(1), files: z.array(sealedFileSchema) })),
});

/** Name of a receipt in a validation bundle: `S1`, `S4/baseline_v1/03`. */
export function receiptName({ state, scenario_id, mbucket }: ReceiptScope): string {
  return [state, scenario_id, mbucket].filter((part) => part !== undefined).join('/');
}

/**
 * What a bundle says of a receipt: whoever alters an output and all that says what it is must make another
 * bundle. Pure.
 */
export function sealedReceipt(receipt: Receipt): SealedReceipt {
  const files = receipt.files.map(({ dataset, path, rows, logical_sha256 }) => ({
    dataset,
    path,
    rows,
    logical_sha256,
  }));
  const receiptSha256 = sha256Of(canonicalBytes(receiptDocument(receipt)));
  return { name: receiptName(receipt), files, receiptSha256 };
}

/** Digest of all that a bundle says of a receipt. */
export function sealedDigest({ files, receiptSha256 }: SealedReceipt): Sha256 {
  const said = { files: files.map((file) => ({ ...file })), receipt: receiptSha256 ?? null };
  return sha256Of(canonicalBytes(said));
}

/**
 * What a bundle says that it is about; `undefined` when an earlier release sealed it, which said so outside
 * of its digest alone. The caller has verified that the bundle is whole.
 */
export async function readSealedReceipts(bundleFolder: string): Promise<SealedReceipts | undefined> {
  const path = join(bundleFolder, 'data', validationReportPath);
  const report = reportSchema.safeParse(parseCanonicalJson(await readFile(path), path)).data;
  if (report === undefined) return undefined;
  const statementPath = join(bundleFolder, statementName);
  const { predicate } = statementSchema.parse(
    parseCanonicalJson(await readFile(statementPath), statementPath),
  );
  const digests = new Map(predicate.inputs.map(({ name, sha256 }) => [name, sha256]));
  return new Map(
    report.outputs.map(({ name, files }) => [name, { name, files, receiptSha256: digests.get(name) }]),
  );
}
