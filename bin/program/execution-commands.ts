import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { reasonOption } from './shared-options.ts';

/** One execution, whichever command started it. */
export function addExecutionCommands(program: OperatorCommand, act: Act): void {
  program
    .command('attach')
    .description('follow an execution to its end, judge it, seal the evidence')
    .argument('<execution>', 'execution id')
    .examples('fraudctl attach probe_20260221T020923Z')
    .action(act(async (context, id: string) => (await import('../commands/attach.ts')).attach(context, id)));
  program
    .command('status')
    .description('what is known of an execution, or of the environment, now')
    .argument('[execution]', 'execution id')
    .examples('fraudctl status probe_20260221T020923Z')
    .action(
      act(async (context, id: string | undefined) =>
        id === undefined
          ? (await import('../commands/local.ts')).localStatus(context)
          : (await import('../commands/describe-status.ts')).describeExecution(context, id),
      ),
    );
  program
    .command('logs')
    .description('log lines of an execution as its tasks wrote them')
    .argument('<execution>', 'execution id')
    .option('--follow', 'until the execution ends', false)
    .examples('fraudctl logs probe_20260221T020923Z --follow')
    .action(
      act(async (context, id: string, options: { follow: boolean }) =>
        (await import('../commands/show-logs.ts')).showLogs(context, id, options.follow),
      ),
    );
  program
    .command('stop')
    .description('end an execution; its tasks get their grace to flush')
    .argument('<execution>', 'execution id')
    .option(...reasonOption)
    .examples('fraudctl stop probe_20260221T020923Z --reason "wrong parameters"')
    .action(
      act(async (context, id: string, options: { reason: string }) =>
        (await import('../commands/stop.ts')).stop(context, id, options.reason),
      ),
    );
}
