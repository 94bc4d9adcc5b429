import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layOutBundle } from '../../lib/evidence/format/bundle.ts';
import { canonicalBytes, parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { verifyBundleFolder } from '../../lib/evidence/verify-bundle.ts';
import { validationIssueTable } from '../../lib/segment-5a/datasets.ts';
import { findRunReceipt } from '../../lib/segment-5a/frame/run-folder.ts';
import { passedValidationFolder } from '../../lib/segment-5a/s5/publish-validation.ts';
import { validationReportPath } from '../../lib/segment-5a/s5/sealed-receipts.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';

/** Seals the validation bundle of a run as it was sealed when its report did not name the outputs. */
export async function sealAsEarlier(run: string): Promise<void> {
  const { manifest_fingerprint } = (await findRunReceipt(run)) ?? assert.fail('there is no run');
  const folder = join(run, passedValidationFolder(manifest_fingerprint));
  const reportFile = join(folder, 'data', validationReportPath);
  // S5's own report, which is an object.
  const report = parseCanonicalJson(await readFile(reportFile), reportFile) as JsonObject;
  const { outputs: _, ...earlier } = report;
  const content = canonicalBytes({ ...earlier, schema: 'fraud-platform/segment-validation-report/v1' });
  const others = [validationIssueTable.pathTemplate, 'reports/witness_5A.json'].map(async (path) => ({
    path,
    origin: 'derived' as const,
    content: await readFile(join(folder, 'data', path)),
  }));
  const bundle = layOutBundle({
    items: [{ path: validationReportPath, origin: 'derived', content }, ...(await Promise.all(others))],
    manifestFingerprint: manifest_fingerprint,
    verdict: { result: 'PASS', reasons: [] },
    inputs: [],
    code: { version: '1.0.0', imageDigest: 'local' },
    clocks: {},
  });
  for (const item of bundle.payload) {
    if ('content' in item) await writeFile(join(folder, item.path), item.content);
  }
  for (const [name, bytes] of bundle.tags) await writeFile(join(folder, name), bytes);
  assert.equal((await verifyBundleFolder(folder)).verdict, 'whole-pass');
}
