import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { verifyBundleFolder } from '../../../lib/evidence/verify-bundle.ts';
import { datasetPath } from '../../../lib/segment-5a/dataset.ts';
import { classZoneBaseline, classZoneShape, merchantZoneProfile } from '../../../lib/segment-5a/datasets.ts';
import { receiptDocument } from '../../../lib/segment-5a/frame/receipt.ts';
import { loadPolicies } from '../../../lib/segment-5a/policies/load-policies.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { policyFolder } from '../../lib/segment-5a/shipped-policies.ts';
import { baseline, createSpoilableRun, type RefusedReport } from './spoilable-run.ts';

const { runId, manifestFingerprint, copyOfRun, receiptOf, validate, bundleOf, refusedReport } =
  await createSpoilableRun();

/** The first file of a surface that is committed. */
async function surfaceFile(runs: string): Promise<string> {
  const { receipt } = await receiptOf(runs, { state: 'S4', scenario_id: baseline, mbucket: '00' });
  const [file] = receipt.files;
  assert.ok(file);
  return join(runs, runId, file.path);
}

test('an honest run passes, its bundle verifies, and a rerun is identical', async () => {
  const runs = await copyOfRun();
  const first = await validate(runs);
  assert.equal(first.states[0]?.publication, 'published');
  assert.equal((await verifyBundleFolder(bundleOf(runs))).verdict, 'whole-pass');
  const again = await validate(runs);
  assert.equal(again.states[0]?.publication, 'identical');
  assert.equal(again.states[0]?.outcome.bundleDigest, first.states[0]?.outcome.bundleDigest);
});

for (const [what, spoil] of [
  ['gone', (path: string) => rm(path)],
  ['no Parquet', (path: string) => writeFile(path, 'PASS')],
] as const) {
  test(`refused before anything is checked: a profile that is ${what}`, async () => {
    const runs = await copyOfRun();
    const { path, receipt } = await receiptOf(runs, { state: 'S1' });
    const { files, ...rest } = receipt;
    const profile = files.find(({ dataset }) => dataset === merchantZoneProfile.table.name);
    assert.ok(profile);
    await spoil(join(runs, runId, profile.path));
    // As if S1 had written it: a digest that holds says nothing about what the bytes are.
    const sha256 = sha256Of('PASS');
    const spoiled = files.map((file) => (file === profile ? { ...file, sha256 } : file));
    await writeFile(path, canonicalBytes(receiptDocument({ ...rest, files: spoiled })));
    await assert.rejects(
      validate(runs),
      (error) => isPlatformError(error) && error.failure.code === 'S5_GATE_RECEIPT_INVALID',
    );
  });
}

test('a file that no receipt names fails: whoever reads the folder would read it, too', async () => {
  const runs = await copyOfRun();
  const path = await surfaceFile(runs);
  await cp(path, path.replace('part-0', 'part-1'));
  const report = await refusedReport(runs);
  assert.deepEqual(report.blocking_reasons, ['S4_PRESENT FAIL']);
  assert.match(report.issues, /part-1\.parquet is named by no receipt/);
  assert.deepEqual(report.codes, ['S4_FILE_UNEXPECTED']);
});

test('shapes that are gone: what is expected cannot be derived, and that blocks', async () => {
  const runs = await copyOfRun();
  const { receipt } = await receiptOf(runs, { state: 'S2' });
  const shape = receipt.files.find(({ dataset }) => dataset === classZoneShape.table.name);
  await rm(join(runs, runId, shape?.path ?? ''));
  const report = await refusedReport(runs);
  assert.ok(report.blocking_reasons.includes('S2_PRESENT FAIL'));
  assert.ok(report.blocking_reasons.includes('S5_EXPECTATION ERROR'), report.blocking_reasons.join());
});

test('sums of classes that are gone are missed, and could not be judged', async () => {
  const runs = await copyOfRun();
  const path = datasetPath(classZoneBaseline, { manifest_fingerprint: manifestFingerprint });
  await rm(join(runs, runId, path));
  const report = await refusedReport(runs);
  assert.deepEqual(report.blocking_reasons, ['S3_CLASS_SUMS ERROR', 'S3_PRESENT FAIL']);
});

test('the shipped policy has decided about every check there is, and about no other', async () => {
  const { validation } = await loadPolicies(policyFolder);
  const runs = await copyOfRun();
  const { states } = await validate(runs);
  assert.equal(states[0]?.outcome.counts.checks, validation.blocking.length + validation.advisory.length);
  const report: Pick<RefusedReport, 'checks'> = JSON.parse(
    await readFile(join(bundleOf(runs), 'data/reports/validation_report_5A.json'), 'utf8'),
  );
  assert.deepEqual(
    report.checks.map(({ check_id }) => check_id).sort(),
    [...validation.blocking, ...validation.advisory].sort(),
  );
});

test('a file altered behind its receipt fails, and so does one that is gone', async () => {
  const runs = await copyOfRun();
  const path = await surfaceFile(runs);
  await writeFile(path, Buffer.concat([await readFile(path), Buffer.from([0])]));
  const report = await refusedReport(runs);
  assert.ok(report.blocking_reasons.includes('S4_PRESENT FAIL'));
  await rm(path);
  const missing = await refusedReport(runs, 2);
  assert.ok(missing.blocking_reasons.includes('S4_PRESENT FAIL'));
  // What cannot be read is not data that is wrong: it could not be judged.
  assert.ok(missing.blocking_reasons.includes('S4_RECOMPOSITION ERROR'));
});
