import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { passedFlagName } from '../evidence/format/passed-flag.ts';
import { writeWhole } from '../files/write-whole.ts';
import { type FoundRun, isRunFolder, type PrunePlan, workedIn } from '../gates/closure/plan-prune.ts';
import { fail, failureOf, messageOf } from '../vocabulary/failure.ts';
import type { Instant } from '../vocabulary/instant.ts';
import type { RunReferences } from './run-references.ts';
import { surveyFolder, useOfRun } from './run-use.ts';

/** A run that is on its way out; what a pruning that was killed left is removed by the next one. */
const leaving = '.pruned-';

/**
 * Everything in a runs root, links not followed. `references` are what judges by each run, `executions` that have
 * not ended what works in it. Throws `RUNS_ROOT_UNREADABLE` (64).
 */
export async function findRuns(
  runsRoot: string,
  references: RunReferences,
  executions: RunReferences,
  now: number,
): Promise<readonly FoundRun[]> {
  const names = await readdir(runsRoot).catch((error: unknown) =>
    fail({
      exit: 'usage',
      code: 'RUNS_ROOT_UNREADABLE',
      message: `the runs root cannot be read: ${messageOf(error)}`,
      where: '--runs-root',
      value: runsRoot,
      remedy: 'Give the folder that holds the runs.',
    }),
  );
  const found = await Promise.all(
    names
      .filter((name) => !name.startsWith(leaving))
      .map(async (name): Promise<FoundRun | undefined> => {
        const path = join(runsRoot, name);
        // Somebody else may prune at the same time.
        const stats = await lstat(path).catch(() => undefined);
        if (stats === undefined) return undefined;
        const kind = stats.isSymbolicLink() ? 'link' : stats.isDirectory() ? 'folder' : 'other';
        const { bytes, newest } = kind === 'folder' ? await surveyFolder(path) : { bytes: 0, newest: 0 };
        const isRun = kind === 'folder' && isRunFolder(name);
        return {
          name,
          kind,
          bytes,
          status: isRun ? await statusOf(path) : null,
          inUse: isRun ? await useOfRun(path, newest, executions.get(name) ?? [], now) : null,
          referencedBy: references.get(name) ?? [],
        };
      }),
  );
  return found.filter((run) => run !== undefined);
}

/** How far a run came, by what it has published and reported. */
async function statusOf(folder: string): Promise<string> {
  const layer = join(folder, 'data/layer2/5A');
  for (const name of await readdir(join(layer, 'validation')).catch(() => [])) {
    const flag = await lstat(join(layer, 'validation', name, passedFlagName)).catch(() => undefined);
    if (flag !== undefined) return 'PASS';
  }
  if ((await readdir(join(layer, 'validation_failed')).catch(() => [])).length > 0) return 'FAIL';
  const states = await readdir(join(folder, 'reports/layer2/5A')).catch(() => []);
  const last = states
    .flatMap((name) => /^state=(S[0-5])$/.exec(name)?.[1] ?? [])
    .sort()
    .at(-1);
  return last === undefined ? 'empty' : `to ${last}`;
}

export type PruneRecord = PrunePlan & {
  readonly schema: 'fraud-platform/prune-record/v1';
  readonly runs_root: string;
  readonly pruned_at: Instant;
  readonly failed: readonly { readonly name: string; readonly why: string }[];
};

/**
 * Removes what a plan says and records it in the runs root, before anything is gone and after. A run first
 * leaves its name, so that one that is half removed is never taken for a run. Returns the record and where it
 * is. A run that cannot be removed is told, and stays; so does one that somebody works in by now, which `useNow`
 * says.
 */
export async function pruneRuns(
  runsRoot: string,
  plan: PrunePlan,
  at: Instant,
  useNow: (name: string) => Promise<string | null>,
): Promise<{ readonly record: PruneRecord; readonly path: string }> {
  const folder = join(runsRoot, 'prune-records');
  const path = join(folder, `${at.replaceAll(/[-:.]/g, '')}.json`);
  const record = (failed: PruneRecord['failed']): PruneRecord => ({
    schema: 'fraud-platform/prune-record/v1',
    runs_root: runsRoot,
    pruned_at: at,
    ...plan,
    failed,
  });
  const write = (content: PruneRecord, replace: boolean) =>
    writeWhole(path, `${JSON.stringify(z.json().parse(content), null, 2)}\n`, { replace });
  await mkdir(folder, { recursive: true });
  await write(record([]), false);
  await removeLeaving(runsRoot);
  const failed: PruneRecord['failed'][number][] = [];
  for (const { name } of plan.remove) {
    try {
      const inUse = await useNow(name);
      if (inUse !== null) {
        failed.push({ name, why: `${workedIn}: ${inUse}` });
        continue;
      }
      const gone = join(runsRoot, `${leaving}${name}`);
      await rename(join(runsRoot, name), gone);
      await rm(gone, { recursive: true });
    } catch (error) {
      failed.push({ name, why: failureOf(error).message });
    }
  }
  await write(record(failed), true);
  return { record: record(failed), path };
}

/** Finishes what a pruning that was killed began: a run of the same name may be on its way out now. */
async function removeLeaving(runsRoot: string): Promise<void> {
  for (const name of (await readdir(runsRoot)).filter((one) => one.startsWith(leaving))) {
    await rm(join(runsRoot, name), { recursive: true, force: true });
  }
}
