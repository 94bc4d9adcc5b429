import { join } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { type FoundRun, isRunFolder, type PrunePlan, planPrune } from '../../lib/gates/closure/plan-prune.ts';
import { Journal } from '../../lib/local-cloud/executions/journal.ts';
import { homeAt } from '../../lib/local-cloud/home.ts';
import { type RunReferences, runReferences, runsOfExecutions } from '../../lib/operator/run-references.ts';
import { surveyFolder, useOfRun } from '../../lib/operator/run-use.ts';
import { findRuns, pruneRuns } from '../../lib/operator/runs-root.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { localHome } from './open-environment.ts';
import { requireLocal } from './require-local.ts';
import { runsRootOf } from './runs-place.ts';

export type PruneOptions = {
  readonly runsRoot?: string;
  readonly keep?: readonly string[];
  readonly yes?: boolean;
  readonly forceReferenced?: boolean;
};

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/**
 * `fraudctl runs prune`: removes segment runs that nobody wants kept, works in, or judges by. A dry run unless
 * `--yes`. Throws `KEPT_RUN_UNKNOWN` (64), and removes nothing, when a run to be kept is not there.
 */
export async function runsPrune(context: CommandContext, options: PruneOptions): Promise<number> {
  requireLocal(context, 'runs prune', 'Leave out --env: runs in the lake are let go by its own rules.');
  const runsRoot = runsRootOf(options.runsRoot);
  const local = localRecords(context);
  const plan = planPrune(
    await foundRuns(context, local, runsRoot),
    options.keep ?? [],
    options.forceReferenced === true,
  );
  if ('unknown' in plan) {
    return fail({
      exit: 'usage',
      code: 'KEPT_RUN_UNKNOWN',
      message: 'a run that is to be kept is not there; nothing was removed',
      where: '--keep',
      value: plan.unknown.join(', '),
      remedy: `See what there is: fraudctl runs list --runs-root ${runsRoot}`,
    });
  }
  const lines = [
    renderTable(
      ['', 'run', 'size', 'why'],
      [
        ...plan.keep.map(({ name, bytes, why }) => ['keep', name, mebibytes(bytes), why]),
        ...plan.remove.map(({ name, bytes }) => ['remove', name, mebibytes(bytes), 'nobody needs it']),
      ],
    ),
  ];
  if (options.yes !== true) {
    lines.push(`dry run: ${runsOf(plan.remove)}; nothing was removed. Do it with --yes`);
    context.output.result(lines.join('\n'), {
      schema: 'fraudctl/prune/v1',
      dry_run: true,
      runs_root: runsRoot,
      ...plan,
      record: null,
      pruned_at: null,
      failed: [],
    });
    return exitCodes.done;
  }
  const useNow = async (name: string) => {
    const folder = join(runsRoot, name);
    const { newest } = await surveyFolder(folder);
    return await useOfRun(folder, newest, (await local.inWork()).get(name) ?? [], context.now());
  };
  const { record, path } = await pruneRuns(runsRoot, plan, instantFromMillis(context.now()), useNow);
  lines.push(
    `removed ${runsOf(plan.remove.filter(({ name }) => !record.failed.some((left) => left.name === name)))}; recorded in ${path}`,
    ...record.failed.map(({ name, why }) => `could not remove ${name}: ${why}`),
  );
  context.output.result(lines.join('\n'), {
    schema: 'fraudctl/prune/v1',
    dry_run: false,
    runs_root: runsRoot,
    remove: record.remove.map((run) => ({ ...run })),
    keep: record.keep.map((run) => ({ ...run })),
    record: path,
    pruned_at: record.pruned_at,
    failed: record.failed.map((run) => ({ ...run })),
  });
  return record.failed.length === 0 ? exitCodes.done : exitCodes.transient;
}

/** `fraudctl runs list --runs-root`: segment runs with size, status, lease, and what judges by them. */
export async function runsOfRoot(context: CommandContext, given: string): Promise<number> {
  const found = await foundRuns(context, localRecords(context), runsRootOf(given));
  const runs = found.filter(({ name }) => isRunFolder(name));
  context.output.result(
    runs.length === 0
      ? 'No segment run here.'
      : renderTable(
          ['segment run', 'size', 'status', 'lease', 'judged by'],
          runs.map(({ name, bytes, status, inUse, referencedBy }) => [
            name,
            mebibytes(bytes),
            status ?? '-',
            inUse === null ? '-' : 'in use',
            referencedBy.join(', ') || '-',
          ]),
        ),
    {
      schema: 'fraudctl/segment-runs/v1',
      runs: runs.map(({ inUse, referencedBy, ...run }) => ({
        ...run,
        leased: inUse !== null,
        referenced_by: referencedBy,
      })),
    },
  );
  return exitCodes.done;
}

/** What the local environment has recorded about runs; nothing is started for that. */
type LocalRecords = {
  readonly judgedBy: () => Promise<RunReferences>;
  /** By run, the executions that name it and have not ended. */
  readonly inWork: () => Promise<RunReferences>;
};

function localRecords({ signal }: CommandContext): LocalRecords {
  const home = homeAt(localHome());
  const evidence = createFolderStore(home.evidence);
  const journal = new Journal(home.journal);
  return {
    judgedBy: () => runReferences(evidence, localEnvironment, signal),
    inWork: async () => runsOfExecutions(evidence, localEnvironment, await journal.unended(), signal),
  };
}

/** Runs of a runs root, with what the local environment has recorded about them. */
async function foundRuns(
  context: CommandContext,
  local: LocalRecords,
  runsRoot: string,
): Promise<readonly FoundRun[]> {
  return await findRuns(runsRoot, await local.judgedBy(), await local.inWork(), context.now());
}

const runsOf = (runs: PrunePlan['remove']) =>
  `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, ${mebibytes(runs.reduce((sum, { bytes }) => sum + bytes, 0))}`;
