import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { lakePrefixes, localEnvironment } from '../../config/names.ts';
import { sha256OfStream } from '../../lib/evidence/format/digest.ts';
import { fetchFolder, keepFolder } from '../../lib/lake/folders.ts';
import { isInLake, openLake } from '../../lib/lake/open-lake.ts';
import type { Lake, OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { findRunReceipt, type RunReceipt, runFolderOf } from '../../lib/segment-5a/frame/run-folder.ts';
import { fetchRun } from '../../lib/segment-5a/lake/fetch-run.ts';
import { loadPolicies } from '../../lib/segment-5a/policies/load-policies.ts';
import type { World } from '../../lib/segment-5a/s0/open-world.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { SegmentRunId } from '../../lib/vocabulary/identifiers.ts';
import type { CommandContext } from './command-context.ts';
import { localHome } from './open-environment.ts';

/**
 * Where the runs of an environment lie, and how what lies on this machine gets to where its tasks can read it:
 * locally it is there already; in AWS it is kept in the lake, once, under what it is.
 */
export type RunsPlace = {
  /** As tasks are told it: a folder, or `s3://…` in the lake. */
  readonly runsRoot: string;
  /** Folder of this machine below which worlds are drawn. */
  readonly drawnBelow: string;
  /** Folder of a world on this machine, of one that is named by its folder or by its place in the lake. */
  readonly worldFolder: (given: string) => Promise<string>;
  readonly shareWorld: (folder: string, world: World) => Promise<string>;
  readonly sharePolicies: (folder: string) => Promise<string>;
  readonly shareEvents: (file: string) => Promise<string>;
  /** The receipt of a run of this place; `undefined` where there is none. Throws what `findRunReceipt` throws. */
  readonly runReceipt: (runId: SegmentRunId) => Promise<RunReceipt | undefined>;
  /** Where a run lies that is named by its folder, its place in the lake, or its id. */
  readonly runPlace: (given: string) => string;
};

/** The runs root is never guessed: `--runs-root`, or FRAUD_PLATFORM_RUNS_ROOT. Throws `RUNS_ROOT_MISSING` (64). */
export function runsRootOf(given: string | undefined): string {
  const chosen = given ?? process.env.FRAUD_PLATFORM_RUNS_ROOT ?? '';
  if (isInLake(chosen)) return refuseElsewhere('--runs-root', chosen, 'a folder of this machine');
  if (chosen !== '') return resolve(chosen);
  return fail({
    exit: 'usage',
    code: 'RUNS_ROOT_MISSING',
    message: 'no runs root is given, and none is assumed',
    where: '--runs-root',
    remedy: 'Give --runs-root <folder>, or set FRAUD_PLATFORM_RUNS_ROOT.',
  });
}

/** The part of a command's context that this needs. */
type PlaceContext = {
  readonly environmentName: string;
  readonly openEnvironment: () => Promise<Pick<OperatorEnvironment, 'lake' | 'region'>>;
  readonly output: Pick<CommandContext['output'], 'progress'>;
  readonly signal: AbortSignal;
};

/** The place of the runs of `--env`. In AWS, the environment is opened for it, and there is one lake. */
export async function runsPlace(context: PlaceContext, runsRoot: () => string): Promise<RunsPlace> {
  if (context.environmentName === localEnvironment) return folderPlace(runsRoot());
  const { lake, region } = await context.openEnvironment();
  if (lake === undefined) throw new Error(`${context.environmentName} has no lake`);
  return lakePlace(context, lake, region);
}

/** Runs in a folder of this machine, for tasks that see it. */
export function folderPlace(runsRoot: string): RunsPlace {
  const here = (option: string) => (given: string) =>
    isInLake(given) ? refuseElsewhere(option, given, 'on this machine') : resolve(given);
  return {
    runsRoot,
    drawnBelow: join(runsRoot, 'worlds'),
    worldFolder: async (given) => here('--world')(given),
    shareWorld: async (folder) => folder,
    sharePolicies: async (folder) => here('--policies')(folder),
    shareEvents: async (file) => here('--events')(file),
    runReceipt: (runId) => findRunReceipt(runFolderOf(runsRoot, runId)),
    runPlace: here('--bundle'),
  };
}

function lakePlace({ output, signal }: PlaceContext, { store, url }: Lake, region: string): RunsPlace {
  const place = (prefix: string, name: string) => `${url}${prefix}${name}`;
  const share = async (folder: string, prefix: string, name: string) => {
    output.progress(`keeping ${folder} in the lake`);
    await keepFolder(store, `${prefix}${name}/`, folder, signal);
    return place(prefix, name);
  };
  const runsRoot = `${url}${lakePrefixes.runs.replace(/\/$/, '')}`;
  return {
    runsRoot,
    drawnBelow: join(localHome(), 'worlds'),
    worldFolder: async (given) => {
      const lake = openLake(given, region);
      if (lake === undefined) return resolve(given);
      const folder = join(localHome(), 'worlds', basename(given));
      await rm(folder, { recursive: true, force: true });
      await fetchFolder(lake, '', folder, signal);
      return folder;
    },
    shareWorld: (folder, { bundle }) => share(folder, lakePrefixes.worlds, bundle.bundleDigest),
    sharePolicies: async (folder) =>
      share(resolve(folder), lakePrefixes.policies, (await loadPolicies(resolve(folder))).parameterHash),
    shareEvents: async (file) => {
      if (isInLake(file)) return file;
      const { sha256 } = await sha256OfStream(createReadStream(resolve(file)));
      const name = `${sha256}${extname(file)}`;
      output.progress(`keeping ${file} in the lake`);
      await store.putFileIfAbsent(`${lakePrefixes.events}${name}`, resolve(file), signal);
      return place(lakePrefixes.events, name);
    },
    runReceipt: async (runId) => {
      const folder = await mkdtemp(join(tmpdir(), 'run-receipt-'));
      try {
        const receiptAlone = { states: [], validation: false, reports: false };
        await fetchRun(store, `${lakePrefixes.runs}${runId}/`, folder, receiptAlone, signal);
        return await findRunReceipt(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    runPlace: (given) => {
      if (/^[a-f0-9]{32}$/.test(given)) return `${runsRoot}/${given}`;
      return isInLake(given) ? given.replace(/\/$/, '') : refuseElsewhere('--bundle', given, 'in its lake');
    },
  };
}

function refuseElsewhere(option: string, value: string, where: string): never {
  return fail({
    exit: 'usage',
    code: 'PLACE_UNREACHABLE',
    message: `the tasks of this environment cannot read there: runs lie ${where}`,
    where: option,
    value,
    remedy:
      'Locally, name a folder. In an environment of AWS, name a run by its id, or s3://<lake bucket>/lake/…',
  });
}
