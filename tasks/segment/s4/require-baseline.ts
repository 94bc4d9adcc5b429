import { join } from 'node:path';
import { datasetPath } from '../../../lib/segment-5a/dataset.ts';
import { merchantZoneBaseline } from '../../../lib/segment-5a/datasets.ts';
import { digestOfFile, findReceipt } from '../../../lib/segment-5a/frame/receipt-store.ts';
import { cell, dataFault } from '../../../lib/segment-5a/frame/segment-failure.ts';
import type { StateContext } from '../../../lib/segment-5a/frame/states.ts';
import { runPartition } from '../../../lib/segment-5a/frame/write-output.ts';
import { merchantBucketLabel } from '../../../lib/segment-5a/laws/merchant-bucket.ts';

/**
 * The file of a bucket of the baseline, whole and as S3 committed it, with as many rows as its
 * merchant-zones have. Its rows are read and aligned part by part, so that memory does not grow with it.
 */
export async function requireBaseline(context: StateContext, bucket: number, rows: number): Promise<string> {
  const partition = { ...runPartition(context), mbucket: merchantBucketLabel(bucket) };
  const path = datasetPath(merchantZoneBaseline, partition);
  const scope = { state: 'S3', manifest_fingerprint: context.run.manifestFingerprint } as const;
  const receipt = await findReceipt(context.runFolder, scope);
  const committed = receipt?.files.find((file) => file.path === path);
  const file = join(context.runFolder, path);
  if (committed === undefined || (await digestOfFile(file)) !== committed.sha256) {
    return dataFault({
      code: 'S4_GATE_OR_S3_INVALID',
      message:
        committed === undefined
          ? 'S3 has not published this bucket'
          : 'the baseline was altered after S3 published it',
      where: path,
      remedy: committed === undefined ? 'Run S3 first.' : 'Stage a clean candidate and run S3 again.',
    });
  }
  if (committed.rows === rows) return file;
  return dataFault({
    code: 'S4_DOMAIN_ALIGNMENT_FAILED',
    message: 'the baseline has another number of rows than the profile asks for',
    where: cell('merchant_zone_baseline_local_5A', committed.rows, 'rows'),
    value: `${committed.rows}, expected ${rows}`,
    remedy: 'Run S3 again for this profile.',
  });
}
