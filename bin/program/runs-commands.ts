import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { runsRootOption } from './shared-options.ts';

/** What has run, here or in a runs root, and what of it may go. */
export function addRunsCommands(program: OperatorCommand, act: Act): void {
  const runs = program.group('runs', 'executions and what they left');
  runs
    .command('list')
    .description('executions, newest first, with their verdicts; or the segment runs of a runs root')
    .option('--limit <n>', 'at most this many, from 1 to 1000', '50')
    .option('--runs-root <folder>', 'list its segment runs instead: size, lease, baselines')
    .examples('fraudctl runs list --limit 10', 'fraudctl runs list --runs-root ./runs')
    .prints('fraudctl/runs/v1', 'fraudctl/segment-runs/v1')
    .action(
      act(async (context, options: { limit: string; runsRoot?: string }) =>
        options.runsRoot === undefined
          ? (await import('../commands/list-runs.ts')).listRuns(context, options.limit)
          : (await import('../commands/runs-prune.ts')).runsOfRoot(context, options.runsRoot),
      ),
    );
  runs
    .command('prune')
    .description(
      'remove segment runs that nobody wants kept, works in, or judges by; a dry run without --yes',
    )
    .option(...runsRootOption)
    .option('--keep <run...>', 'segment runs to keep')
    .option('--force-referenced', 'also those that a recorded baseline is', false)
    .option('--yes', 'do it', false)
    .examples('fraudctl runs prune --runs-root ./runs --keep 7f20e9d97dad4ff5ac639bbc41749fb0')
    .exits({ done: 'removed, or a dry run', transient: 'some could not be removed' })
    .prints('fraudctl/prune/v1')
    .action(
      act(async (context, options: import('../commands/runs-prune.ts').PruneOptions) =>
        (await import('../commands/runs-prune.ts')).runsPrune(context, options),
      ),
    );
  runs
    .command('show')
    .description('everything the evidence store holds about an execution')
    .argument('<execution>', 'execution id')
    .examples('fraudctl runs show probe_20260221T020923Z')
    .prints('fraudctl/run/v1')
    .action(
      act(async (context, id: string) => (await import('../commands/list-runs.ts')).showRun(context, id)),
    );
}
