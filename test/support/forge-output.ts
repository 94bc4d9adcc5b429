import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { statementName, statementSchema } from '../../lib/evidence/format/bundle.ts';
import { canonicalBytes, parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { formatManifest, parseManifest } from '../../lib/evidence/format/manifest.ts';
import { verifyBundleFolder } from '../../lib/evidence/verify-bundle.ts';
import type { Dataset } from '../../lib/segment-5a/dataset.ts';
import {
  type ReceiptScope,
  receiptDocument,
  receiptPath,
  receiptSchema,
} from '../../lib/segment-5a/frame/receipt.ts';
import { findRunReceipt } from '../../lib/segment-5a/frame/run-folder.ts';
import { passedValidationFolder } from '../../lib/segment-5a/s5/publish-validation.ts';
import { receiptName } from '../../lib/segment-5a/s5/sealed-receipts.ts';
import type { Table } from '../../lib/tables/columns.ts';
import { contentDigest } from '../../lib/tables/content-digest.ts';
import { readTable } from '../../lib/tables/read-table.ts';
import { writeTable } from '../../lib/tables/write-table.ts';
import type { Sha256 } from '../../lib/vocabulary/identifiers.ts';

/**
 * Alters the first file of a dataset of a run, and everything that says what it is and is no part of the
 * digest of the validation bundle: receipt, statement and tag manifest. All of it agrees with itself afterwards.
 */
export async function forgeOutput(
  run: string,
  scope: Omit<ReceiptScope, 'manifest_fingerprint'>,
  { table: schema }: Dataset,
  change: (table: Table) => Table,
): Promise<void> {
  const { manifest_fingerprint } = (await findRunReceipt(run)) ?? assert.fail('there is no run');
  const receiptFile = join(run, receiptPath({ ...scope, manifest_fingerprint }));
  const receipt = receiptSchema.parse(parseCanonicalJson(await readFile(receiptFile), receiptFile));
  const output = receipt.files.find(({ dataset }) => dataset === schema.name);
  assert.ok(output);
  const file = join(run, output.path);
  const changed = change(await readTable(file, schema));
  await rm(file);
  await writeTable(file, schema, changed);
  const digests = {
    sha256: sha256Of(await readFile(file)),
    logical_sha256: contentDigest(schema, changed),
  };
  const files = receipt.files.map((one) => (one === output ? { ...one, ...digests } : one));
  const forged = canonicalBytes(receiptDocument({ ...receipt, files }));
  await writeFile(receiptFile, forged);
  const bundle = join(run, passedValidationFolder(manifest_fingerprint));
  await stateOtherwise(bundle, receiptName(receipt), sha256Of(forged));
  assert.equal((await verifyBundleFolder(bundle)).verdict, 'whole-pass');
}

/** Gives an input another digest in the statement of a bundle, and the tag manifest that goes with it. */
async function stateOtherwise(bundle: string, name: string, sha256: Sha256): Promise<void> {
  const path = join(bundle, statementName);
  const { predicate, ...statement } = statementSchema.parse(parseCanonicalJson(await readFile(path), path));
  const inputs = predicate.inputs.map((one) => (one.name === name ? { ...one, sha256 } : one));
  await writeFile(path, canonicalBytes({ ...statement, predicate: { ...predicate, inputs } }));
  const tagManifest = join(bundle, 'tagmanifest-sha256.txt');
  const tags = parseManifest(await readFile(tagManifest, 'utf8'), tagManifest);
  const entries = tags.map(async (tag) => ({
    path: tag.path,
    sha256: sha256Of(await readFile(join(bundle, tag.path))),
  }));
  await writeFile(tagManifest, formatManifest(await Promise.all(entries)));
}
