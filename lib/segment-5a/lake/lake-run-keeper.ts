import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceStore } from '../../evidence/stores/evidence-store.ts';
import { fetchFiles } from '../../lake/fetch-files.ts';
import type { FileSet } from '../../lake/file-set.ts';
import { differenceOf } from '../../lake/folders.ts';
import { filesBelow, keepFiles } from '../../lake/keep-files.ts';
import { errorCodeOf, fail } from '../../vocabulary/failure.ts';
import type { SegmentRunId } from '../../vocabulary/identifiers.ts';
import { sameContent } from '../frame/receipt.ts';
import { readReceiptFile } from '../frame/receipt-store.ts';
import { runReceiptName } from '../frame/run-folder.ts';
import type { RunKeeper } from '../frame/run-keeper.ts';
import { type StateName, stateNames } from '../frame/states.ts';
import { fetchRun } from './fetch-run.ts';
import { receiptSet, reportSet, runReceiptSet, validationSet } from './run-sets.ts';

/** Prefix of a run in the store of a runs root. */
export const runPrefix = (runId: SegmentRunId) => `${runId}/`;

type Unit = {
  readonly name: string;
  readonly paths: readonly string[];
  /** Throws when the set that is kept already is not as good as ours. */
  readonly compare: (ours: FileSet, existing: FileSet) => Promise<void>;
};

/**
 * Keeps runs in a store, each receipt with its files as one set. The folder on scratch is written as it is
 * anywhere; what it has committed is kept after each state, its set last, so that a task that dies leaves whole
 * outputs or none and the next one takes up what is there.
 */
export function lakeRunKeeper(store: EvidenceStore, signal: AbortSignal): RunKeeper {
  let prefix = '';
  const kept = new Set<string>();

  const keepUnit = async (runFolder: string, { name, paths, compare }: Unit) => {
    if (kept.has(name)) return;
    const outcome = await keepFiles(store, prefix, name, runFolder, paths, signal);
    if (outcome.kind === 'conflict') await compare(outcome.set, outcome.existing);
    kept.add(name);
  };

  /** Another task may have kept the same values in other bytes: the receipts decide, and its bytes become ours. */
  const compareReceipts =
    (runFolder: string, path: string, state: StateName) => async (_: FileSet, existing: FileSet) => {
      await mkdir(join(runFolder, 'tmp'), { recursive: true });
      const folder = await mkdtemp(join(runFolder, 'tmp', 'kept-'));
      try {
        await fetchFiles(store, prefix, existing, folder, signal);
        const theirs = await readReceiptFile(join(folder, path), state);
        if (!sameContent(theirs, await readReceiptFile(join(runFolder, path), state))) conflict(state, path);
        for (const file of existing.files) await rename(join(folder, file.path), join(runFolder, file.path));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    };

  const receiptUnits = async (runFolder: string): Promise<readonly Unit[]> => {
    const units: Unit[] = [];
    for (const state of stateNames) {
      const root = `data/layer2/5A/receipts/state=${state}`;
      for (const below of await filesIn(join(runFolder, root))) {
        const path = `${root}/${below}`;
        const { files } = await readReceiptFile(join(runFolder, path), state);
        units.push({
          name: receiptSet(path),
          paths: [path, ...files.map((file) => file.path)],
          compare: compareReceipts(runFolder, path, state),
        });
      }
    }
    return units;
  };

  const bundleUnits = async (runFolder: string): Promise<readonly Unit[]> => {
    const passed = (await foldersIn(join(runFolder, 'data/layer2/5A/validation'))).map(
      (name) => `data/layer2/5A/validation/${name}`,
    );
    const failed: string[] = [];
    const root = 'data/layer2/5A/validation_failed';
    for (const run of await foldersIn(join(runFolder, root))) {
      for (const name of await foldersIn(join(runFolder, root, run))) failed.push(`${root}/${run}/${name}`);
    }
    return await Promise.all(
      [...passed, ...failed].map(
        async (folder): Promise<Unit> => ({
          name: validationSet(folder),
          paths: (await filesBelow(join(runFolder, folder))).map((path) => `${folder}/${path}`),
          compare: async (ours, existing) => {
            const differing = differenceOf(ours, existing);
            if (differing !== undefined) conflict('S5', differing);
          },
        }),
      ),
    );
  };

  const reportUnits = async (runFolder: string): Promise<readonly Unit[]> => {
    const root = 'reports/layer2/5A';
    return await Promise.all(
      (await filesIn(join(runFolder, root)))
        .filter((below) => below.endsWith('/run_report.json'))
        .map(async (below): Promise<Unit> => {
          const path = `${root}/${below}`;
          const started: unknown = JSON.parse(await readFile(join(runFolder, path), 'utf8')).started_utc;
          return {
            name: reportSet(path, String(started).replaceAll(/[-:.]/g, '')),
            paths: [path],
            // Two attempts that began in the same millisecond: one of them is as good to read.
            compare: async () => undefined,
          };
        }),
    );
  };

  return {
    fetch: async (runFolder, run, states, { scenarioIds, buckets }) => {
      prefix = runPrefix(run.runId);
      const last = Math.max(...states.map((state) => stateNames.indexOf(state)));
      const names = await fetchRun(
        store,
        prefix,
        runFolder,
        {
          states: stateNames.slice(0, last + 1),
          // What comes before is needed whole; what is asked for may be there in part.
          limited: states,
          scenarioIds,
          buckets,
          validation: states.includes('S5'),
          reports: false,
        },
        signal,
      );
      for (const name of names) kept.add(name);
    },
    keep: async (runFolder) => {
      const receipt: Unit = {
        name: runReceiptSet,
        paths: [runReceiptName],
        // They differ in the clock alone: whoever opened the folder held it to the run.
        compare: async () => undefined,
      };
      const units = [
        receipt,
        ...(await receiptUnits(runFolder)),
        ...(await bundleUnits(runFolder)),
        ...(await reportUnits(runFolder)),
      ];
      for (const unit of units) await keepUnit(runFolder, unit);
    },
  };
}

function conflict(state: StateName, path: string): never {
  return fail({
    exit: 'conflict',
    code: `${state}_OUTPUT_CONFLICT`,
    message: `an output of ${state} is kept in the lake with other content`,
    where: path,
    remedy:
      'Compare the two runs; what is kept never changes. Another world or other policies make another run.',
  });
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return await filesBelow(folder).catch(ignoreAbsent);
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreAbsent);
  return entries.flatMap((entry) => (typeof entry !== 'string' && entry.isDirectory() ? [entry.name] : []));
}

function ignoreAbsent(error: unknown): [] {
  if (errorCodeOf(error) === 'ENOENT') return [];
  throw error;
}
