import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import { errorCodeOf, fail } from '../../vocabulary/failure.ts';
import type { SegmentRunId, Sha256 } from '../../vocabulary/identifiers.ts';
import type { ManifestFingerprint, ParameterHash } from '../identity.ts';
import { readReceiptFile } from './receipt-store.ts';
import { findRunReceipt, runFolderOf } from './run-folder.ts';
import { readCurrentReports } from './run-reports.ts';
import { type StateName, stateNames } from './states.ts';

/** What a run committed, and how long its states took. */
export type RunContent = {
  readonly runId: SegmentRunId;
  readonly manifestFingerprint: ManifestFingerprint;
  readonly parameterHash: ParameterHash;
  /** Content digest of every committed file by its path below the run folder, state by state. */
  readonly files: ReadonlyMap<StateName, ReadonlyMap<string, Sha256>>;
  /** Of the validation bundle that says PASS; `undefined` without one. */
  readonly bundleDigest: Sha256 | undefined;
  /** Wall seconds of the last attempt of a state, all its parts together; absent where it left no report. */
  readonly seconds: ReadonlyMap<StateName, number>;
};

/** Reads the receipts and reports of a run. Throws `RUN_NOT_FOUND` (64), `S{n}_RECEIPT_INVALID` and `RUN_REPORT_UNREADABLE` (65). */
export async function readRunContent(
  runsRoot: string,
  runId: SegmentRunId,
  signal: AbortSignal,
): Promise<RunContent> {
  const folder = runFolderOf(runsRoot, runId);
  const receipt = await findRunReceipt(folder);
  if (receipt === undefined) {
    return fail({
      exit: 'usage',
      code: 'RUN_NOT_FOUND',
      message: 'there is no such run in the runs root',
      where: folder,
      value: runId,
      remedy: 'Name a folder of the runs root that holds a run_receipt.json.',
    });
  }
  const files = new Map<StateName, ReadonlyMap<string, Sha256>>();
  const seconds = new Map<StateName, number>();
  for (const state of stateNames) {
    const own = new Map<string, Sha256>();
    for (const path of await filesNamed(
      join(folder, 'data/layer2/5A/receipts', `state=${state}`),
      'receipt.json',
    )) {
      const committed = await readReceiptFile(path, state);
      for (const file of committed.files) own.set(file.path, file.logical_sha256);
    }
    if (own.size > 0) files.set(state, own);
    const wall = await wallSeconds(folder, state);
    if (wall !== undefined) seconds.set(state, wall);
  }
  const bundle = join(
    folder,
    'data/layer2/5A/validation',
    `manifest_fingerprint=${receipt.manifest_fingerprint}`,
  );
  return {
    runId,
    manifestFingerprint: receipt.manifest_fingerprint,
    parameterHash: receipt.parameter_hash,
    files,
    seconds,
    bundleDigest: await passedBundle(bundle, signal),
  };
}

async function filesNamed(root: string, name: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function wallSeconds(folder: string, state: StateName): Promise<number | undefined> {
  const { whole = [] } = await readCurrentReports(folder, state);
  const walls = whole.filter(({ status }) => status === 'PASS').map(({ report }) => report.durations.wall_ms);
  return walls.length === 0 ? undefined : walls.reduce((sum, wall) => sum + wall, 0) / 1_000;
}

async function passedBundle(folder: string, signal: AbortSignal): Promise<Sha256 | undefined> {
  const verdict = await verifyBundleFolder(folder, signal).catch(() => undefined);
  return verdict?.verdict === 'whole-pass' ? verdict.bundleDigest : undefined;
}
