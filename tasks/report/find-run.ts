import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { verifyBundleFolder } from '../../lib/evidence/verify-bundle.ts';
import { inParallel } from '../../lib/lake/in-parallel.ts';
import type { Receipt, ReceiptScope } from '../../lib/segment-5a/frame/receipt.ts';
import { digestOfFile, findReceipt } from '../../lib/segment-5a/frame/receipt-store.ts';
import type { RunReceipt } from '../../lib/segment-5a/frame/run-folder.ts';
import { scenarioIdSchema } from '../../lib/segment-5a/identity.ts';
import { merchantBucketLabel, merchantBuckets } from '../../lib/segment-5a/laws/merchant-bucket.ts';
import {
  failedValidationsFolder,
  passedValidationFolder,
} from '../../lib/segment-5a/s5/publish-validation.ts';
import type { FoundBundle, FoundReceipt } from '../../lib/segment-5a/s5/run-standing.ts';
import {
  readSealedReceipts,
  receiptName,
  sealedDigest,
  sealedReceipt,
  validationReportPath,
} from '../../lib/segment-5a/s5/sealed-receipts.ts';
import { errorCodeOf } from '../../lib/vocabulary/failure.ts';

/** A receipt with how its files are. */
export type ExaminedReceipt = FoundReceipt & { readonly receipt: Receipt };

/** Every committed receipt of a run, all its files digested. Throws `S{n}_RECEIPT_INVALID` (65). */
export async function findReceipts(
  runFolder: string,
  { manifest_fingerprint }: RunReceipt,
): Promise<readonly ExaminedReceipt[]> {
  const early = (['S0', 'S1', 'S2', 'S3'] as const).map(
    (state): ReceiptScope => ({ state, manifest_fingerprint }),
  );
  const root = `data/layer2/5A/receipts/state=S4/manifest_fingerprint=${manifest_fingerprint}`;
  const scenarios = (await namesIn(join(runFolder, root))).flatMap(
    (name) => scenarioIdSchema.safeParse(name.replace(/^scenario_id=/, '')).data ?? [],
  );
  const late = scenarios.flatMap((scenario_id) =>
    Array.from({ length: merchantBuckets }, (_, bucket): ReceiptScope => {
      const mbucket = merchantBucketLabel(bucket);
      return { state: 'S4', manifest_fingerprint, scenario_id, mbucket };
    }),
  );
  const examined = await inParallel([...early, ...late], async (scope) => {
    const receipt = await findReceipt(runFolder, scope);
    if (receipt === undefined) return [];
    const altered: string[] = [];
    for (const { path, sha256 } of receipt.files) {
      if ((await digestOfFile(join(runFolder, path))) !== sha256) altered.push(path);
    }
    return [{ name: receiptName(scope), digest: sealedDigest(sealedReceipt(receipt)), altered, receipt }];
  });
  return examined.flat();
}

const judgementSchema = z.looseObject({
  manifest_fingerprint: z.string(),
  parameter_hash: z.string(),
  overall_status: z.enum(['PASS', 'FAIL']),
  blocking_reasons: z.array(z.string()),
  checks: z.array(z.looseObject({ check_id: z.string(), status: z.string() })),
  issue_count: z.int().min(0),
});

/** A bundle with S5's own report, where it is whole and of this run. */
export type ExaminedBundle = FoundBundle & {
  readonly report: z.infer<typeof judgementSchema> | undefined;
};

/** Every validation bundle of a run, verified: the one that passed, and all that did not. */
export async function findBundles(runFolder: string, run: RunReceipt): Promise<readonly ExaminedBundle[]> {
  const failedRoot = failedValidationsFolder(run.manifest_fingerprint);
  const failed = (await namesIn(join(runFolder, failedRoot))).map((name) => `${failedRoot}/${name}`);
  const examined: ExaminedBundle[] = [];
  for (const folder of [passedValidationFolder(run.manifest_fingerprint), ...failed]) {
    const bundle = await examineBundle(runFolder, folder, run);
    if (bundle !== undefined) examined.push(bundle);
  }
  return examined;
}

async function examineBundle(
  runFolder: string,
  folder: string,
  run: RunReceipt,
): Promise<ExaminedBundle | undefined> {
  const place = join(runFolder, folder);
  if ((await namesIn(place)).length === 0) return undefined;
  const { verdict, stated, items, bundleDigest } = await verifyBundleFolder(place);
  const no = (fault: string): ExaminedBundle => ({
    folder,
    judged: { fault },
    digest: bundleDigest,
    sealed: new Map(),
    report: undefined,
  });
  if (verdict === 'broken') {
    const first = items.find(({ state }) => state !== 'ok');
    return no(first === undefined ? 'it has no statement' : `${first.path} is ${first.state}`);
  }
  const path = join(place, 'data', validationReportPath);
  const report = judgementSchema.safeParse(await jsonOf(path)).data;
  if (report === undefined) return no('it has no validation report');
  const judged = verdict === 'whole-pass' ? 'PASS' : 'FAIL';
  if (report.overall_status !== judged || stated?.result !== judged) return no('it contradicts itself');
  if (
    report.manifest_fingerprint !== run.manifest_fingerprint ||
    report.parameter_hash !== run.parameter_hash
  ) {
    return no('it is about another run');
  }
  const sealed = await readSealedReceipts(place);
  if (sealed === undefined) return no('it is of an earlier release, and does not say what it judged');
  const digests = new Map([...sealed].map(([name, one]) => [name, sealedDigest(one)]));
  return { folder, judged, digest: bundleDigest, sealed: digests, report };
}

async function jsonOf(path: string): Promise<unknown> {
  return await readFile(path, 'utf8').then(
    (text) => JSON.parse(text),
    () => undefined,
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return [];
    throw error;
  });
  return names.toSorted();
}
