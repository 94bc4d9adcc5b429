import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { statementName, statementSchema } from '../../evidence/format/bundle.ts';
import { canonicalBytes, parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import type { Receipt, ReceiptScope } from '../frame/receipt.ts';

/** The receipts that a validation bundle is about: what S5 digested of each, by its name. */
export type SealedReceipts = ReadonlyMap<string, Sha256>;

/** Name of a receipt in a validation bundle: `S1`, `S4/baseline_v1/03`. */
export function receiptName({ state, scenario_id, mbucket }: ReceiptScope): string {
  return [state, scenario_id, mbucket].filter((part) => part !== undefined).join('/');
}

/** As S5 digests a receipt into its bundle: what it promises of its files. */
export function sealedDigest({ files }: Receipt): Sha256 {
  return sha256Of(canonicalBytes(files.map((file) => ({ ...file }))));
}

/** What a bundle says that it is about. The caller has verified that the bundle is whole. */
export async function readSealedReceipts(bundleFolder: string): Promise<SealedReceipts> {
  const path = join(bundleFolder, statementName);
  const { predicate } = statementSchema.parse(parseCanonicalJson(await readFile(path), path));
  return new Map(predicate.inputs.map(({ name, sha256 }) => [name, sha256]));
}
