import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errorCodeOf, fail } from '../../vocabulary/failure.ts';
import type { SegmentRunId } from '../../vocabulary/identifiers.ts';
import { segmentRunId } from '../identity.ts';
import { readReceiptFile } from './receipt-store.ts';
import { findRunReceipt, openRunFolder, runFolderOf } from './run-folder.ts';
import { type StateName, stateNames } from './states.ts';

export type StagedRun = {
  readonly runId: SegmentRunId;
  readonly runFolder: string;
  /** Files taken over, receipts included. */
  readonly files: number;
  /** States whose outputs were taken over. */
  readonly states: readonly StateName[];
};

/**
 * Makes a clean candidate beside a run: a new run folder that holds the committed outputs of the states
 * before `rerun`, by hard link where the file system allows it, and nothing of the others. The candidate
 * has an id of its own; nobody who reads its outputs can tell them from the original's.
 *
 * `nowNanos` tells candidates apart, nanoseconds since the Unix epoch: of two that are staged at the same one, the
 * second takes the next. Throws `RUN_NOT_FOUND` (64), and
 * `STAGE_INCOMPLETE` (65) when a state before `rerun` has committed nothing, or a file of it is gone.
 */
export async function stageRun(
  runsRoot: string,
  from: SegmentRunId,
  rerun: StateName,
  nowNanos: bigint,
): Promise<StagedRun> {
  const source = runFolderOf(runsRoot, from);
  const origin = await findRunReceipt(source);
  if (origin === undefined) {
    return fail({
      exit: 'usage',
      code: 'RUN_NOT_FOUND',
      message: 'there is no such run in the runs root',
      where: source,
      value: from,
      remedy: 'Name a run that fraudctl segment runs lists.',
    });
  }
  const states = stateNames.slice(0, stateNames.indexOf(rerun));
  const files: string[] = [];
  for (const state of states) files.push(...(await committedFiles(source, state)));
  const { runId, runFolder } = await claimRunFolder(runsRoot, (attempt) =>
    segmentRunId(origin.manifest_fingerprint, BigInt(origin.seed), nowNanos + BigInt(attempt)),
  );
  const run = {
    runId,
    manifestFingerprint: origin.manifest_fingerprint,
    parameterHash: origin.parameter_hash,
    ...(origin.scenario_ids === undefined ? {} : { scenarioIds: origin.scenario_ids }),
  };
  try {
    for (const file of files) await takeOver(join(source, file), join(runFolder, file));
    // Last: a folder without a receipt is no run.
    await openRunFolder(runFolder, run, origin.seed, Number(nowNanos / 1_000_000n), from);
  } catch (error) {
    await rm(runFolder, { recursive: true, force: true });
    throw error;
  }
  return { runId, runFolder, files: files.length, states };
}

/** Makes the folder of the first id that nobody has; whoever comes second at an id must not find, or remove, the first one's. */
async function claimRunFolder(
  runsRoot: string,
  idOf: (attempt: number) => SegmentRunId,
): Promise<{ readonly runId: SegmentRunId; readonly runFolder: string }> {
  for (let attempt = 0; ; attempt += 1) {
    const runId = idOf(attempt);
    const runFolder = runFolderOf(runsRoot, runId);
    try {
      await mkdir(runFolder);
      return { runId, runFolder };
    } catch (error) {
      if (errorCodeOf(error) !== 'EEXIST') throw error;
    }
  }
}

async function committedFiles(source: string, state: StateName): Promise<readonly string[]> {
  const root = join(source, 'data/layer2/5A/receipts', `state=${state}`);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const receipts = entries
    .filter((entry) => entry.isFile() && entry.name === 'receipt.json')
    .map((entry) => join(entry.parentPath, entry.name));
  if (receipts.length === 0) {
    return fail({
      exit: 'data',
      code: 'STAGE_INCOMPLETE',
      message: `${state} has committed nothing in this run, so what follows it cannot be run again`,
      where: root,
      remedy: `Rerun from ${state}, or run ${state} first.`,
    });
  }
  const files: string[] = [];
  for (const path of receipts) {
    // The receipt after its files: what a crash leaves was never committed.
    files.push(
      ...(await readReceiptFile(path, state)).files.map((file) => file.path),
      relative(source, path),
    );
  }
  return files;
}

/** A hard link, or a copy where the file systems differ. */
async function takeOver(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') missing(from, error);
    if (errorCodeOf(error) !== 'EXDEV' && errorCodeOf(error) !== 'EPERM') throw error;
    await copyFile(from, to);
  }
}

function missing(file: string, error: unknown): never {
  fail(
    {
      exit: 'data',
      code: 'STAGE_INCOMPLETE',
      message: 'a file that the run has committed is not there any more, so nothing can be staged from it',
      where: file,
      remedy: 'Restore the file, or make the run again elsewhere: what is committed is never made anew.',
    },
    error,
  );
}
