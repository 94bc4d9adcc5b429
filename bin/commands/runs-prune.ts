import { planPrune } from '../../lib/gates/closure/plan-prune.ts';
import { findRuns, pruneRuns } from '../../lib/operator/runs-root.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { sizeText } from '../terminal/size-text.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { requireLocal } from './require-local.ts';
import { runsRootOf } from './runs-place.ts';

export type PruneOptions = {
  readonly runsRoot?: string;
  readonly keep?: readonly string[];
  readonly yes?: boolean;
  readonly forceReferenced?: boolean;
};

/**
 * `fraudctl runs prune`: removes segment runs that nobody wants kept, works in, or judges by. A dry run unless
 * `--yes`. Throws `KEPT_RUN_UNKNOWN` (64), and removes nothing, when a run to be kept is not there.
 */
export async function runsPrune(context: CommandContext, options: PruneOptions): Promise<number> {
  requireLocal(context, 'runs prune', 'Leave out --env: runs in the lake are let go by its own rules.');
  const runsRoot = runsRootOf(options.runsRoot);
  const plan = planPrune(
    await findRuns(runsRoot, context.now()),
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
  const freed = plan.remove.reduce((sum, { bytes }) => sum + bytes, 0);
  const lines = [
    renderTable(
      ['', 'run', 'why'],
      [
        ...plan.keep.map(({ name, why }) => ['keep', name, why]),
        ...plan.remove.map(({ name, bytes }) => ['remove', name, sizeText(bytes)]),
      ],
    ),
  ];
  if (options.yes !== true) {
    lines.push(
      `dry run: ${plan.remove.length} runs, ${sizeText(freed)}; nothing was removed. Do it with --yes`,
    );
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
    `removed ${plan.remove.length - record.failed.length} runs, ${sizeText(freed)}; recorded in ${path}`,
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

/** `fraudctl runs list --runs-root`: segment runs with their sizes, leases, and gates that judge by them. */
export async function runsOfRoot(context: CommandContext, given: string): Promise<number> {
  const runs = (await findRuns(runsRootOf(given), context.now())).filter(({ name }) =>
    /^[0-9a-f]{32}$/.test(name),
  );
  context.output.result(
    runs.length === 0
      ? 'No segment run here.'
      : renderTable(
          ['segment run', 'size', 'lease', 'baseline'],
          runs.map(({ name, bytes, leased, referencedBy }) => [
            name,
            sizeText(bytes),
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
