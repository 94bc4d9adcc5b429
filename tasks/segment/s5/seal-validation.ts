import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { validationIssueTable } from '../../../lib/segment-5a/datasets.ts';
import type { Receipt } from '../../../lib/segment-5a/frame/receipt.ts';
import { type StateContext, specVersions } from '../../../lib/segment-5a/frame/states.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import { blockingReasons } from '../../../lib/segment-5a/s5/check.ts';
import { publishValidation, validationFolder } from '../../../lib/segment-5a/s5/publish-validation.ts';
import { issueTable, validationReport } from '../../../lib/segment-5a/s5/report.ts';
import { sealedReceipt, validationReportPath } from '../../../lib/segment-5a/s5/sealed-receipts.ts';
import { writeTable } from '../../../lib/tables/write-table.ts';
import type { Judgement } from './judge-run.ts';

/** The outcome of a judgement, published. */
export type SealedValidation = {
  readonly status: 'PASS' | 'FAIL';
  readonly reasons: readonly string[];
  readonly folder: string;
  readonly kind: 'published' | 'identical';
  readonly receipt: Receipt;
  readonly bundleDigest: Bundle['digest'];
};

/** Writes the issue table, the report and the witness, and seals them as the validation bundle of the run. */
export async function sealValidation(
  context: StateContext,
  scenarioIds: readonly ScenarioId[],
  { checks, published, witness }: Judgement,
): Promise<SealedValidation> {
  const { policies, phases, run, runFolder } = context;
  const reasons = blockingReasons(checks.records, policies.validation);
  const status = reasons.length === 0 ? 'PASS' : 'FAIL';
  const issuesPath = join(context.scratch, 'validation_issue_table_5A.parquet');
  await writeTable(issuesPath, validationIssueTable.table, issueTable(checks.issues));
  phases.complete('issue_table_assembly', checks.issues.length);

  const outputs = [...published.values()].flat().map(sealedReceipt);
  const report = validationReport(run, scenarioIds, checks.records, status, reasons, checks.issues, outputs);
  const bundle = layOutBundle({
    items: [
      { path: validationIssueTable.pathTemplate, origin: 'derived', content: await readFile(issuesPath) },
      { path: validationReportPath, origin: 'derived', content: canonicalBytes(report) },
      { path: 'reports/witness_5A.json', origin: 'derived', content: canonicalBytes({ scenarios: witness }) },
    ],
    manifestFingerprint: run.manifestFingerprint,
    verdict: { result: status, reasons },
    inputs: outputs.flatMap(({ name, receiptSha256: sha256 }) =>
      sha256 === undefined ? [] : [{ name, sha256 }],
    ),
    code: { version: specVersions.S5, imageDigest: context.imageDigest },
    clocks: {},
  });
  const path = validationFolder(run.manifestFingerprint, bundle);
  const sealed = await publishValidation(runFolder, path, bundle, context.scratch);
  phases.complete('bundle_index_report_write', bundle.payload.length);
  return {
    status,
    reasons,
    folder: sealed.folder,
    kind: sealed.kind,
    receipt: bundleReceipt(context, path, bundle),
    bundleDigest: bundle.digest,
  };
}

/** The bundle told as the receipts of the other states are; what commits it is the bundle itself. */
function bundleReceipt({ run }: StateContext, path: string, bundle: Bundle): Receipt {
  return {
    schema: 'fraud-platform/segment-receipt/v1',
    state: 'S5',
    spec_version: specVersions.S5,
    manifest_fingerprint: run.manifestFingerprint,
    parameter_hash: run.parameterHash,
    files: bundle.payload.map((item) => ({
      dataset: 'validation_bundle_5A',
      path: `${path}/${item.path}`,
      rows: 0,
      sha256: item.sha256,
      logical_sha256: item.sha256,
    })),
    counts: { files: bundle.payload.length },
  };
}
