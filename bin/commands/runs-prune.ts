import { join } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { type FoundRun, isRunFolder, type PrunePlan, planPrune } from '../../lib/gates/closure/plan-prune.ts';
import { runReferences } from '../../lib/operator/run-references.ts';
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
  const plan = planPrune(
    await foundRuns(context, runsRoot),
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
  const { record, path } = await pruneRuns(runsRoot, plan, instantFromMillis(context.now()));
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
  const runs = (await foundRuns(context, runsRootOf(given))).filter(({ name }) => isRunFolder(name));
  context.output.result(
    runs.length === 0
      ? 'No segment run here.'
      : renderTable(
          ['segment run', 'size', 'status', 'lease', 'judged by'],
          runs.map(({ name, bytes, status, leased, referencedBy }) => [
            name,
            mebibytes(bytes),
            status ?? '-',
            leased ? 'in use' : '-',
            referencedBy.join(', ') || '-',
          ]),
        ),
    {
      schema: 'fraudctl/segment-runs/v1',
      runs: runs.map(({ referencedBy, ...run }) => ({ ...run, referenced_by: referencedBy })),
    },
  );
  return exitCodes.done;
}

/** Runs of a runs root, with what the local environment has recorded about them; nothing is started for that. */
async function foundRuns(context: CommandContext, runsRoot: string): Promise<readonly FoundRun[]> {
  const evidence = createFolderStore(join(localHome(), 'evidence'));
  const references = await runReferences(evidence, localEnvironment, context.signal);
  return await findRuns(runsRoot, references, context.now());
}

const runsOf = (runs: PrunePlan['remove']) =>
  `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, ${mebibytes(runs.reduce((sum, { bytes }) => sum + bytes, 0))}`;
