import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { reasonOption } from './shared-options.ts';

/** One execution, whichever command started it. */
export function addExecutionCommands(program: OperatorCommand, act: Act): void {
  program
    .command('attach')
    .description(
      'follow an execution to its end, judge it, seal the evidence; adjudicate it if it is a burst',
    )
    .argument('<execution>', 'execution id')
    .examples('fraudctl attach probe_20260221T020923Z')
    .exits({
      done: 'the verdict is PASS, and nothing blocks a burst that certifies',
      data: 'the verdict is FAIL for what the task found, or blockers are open',
      internal: 'the task broke, or its verdict is INDETERMINATE',
      transient: 'detached, or safe to run again',
    })
    .prints('fraudctl/verdict/v1')
    .action(act(async (context, id: string) => (await import('../commands/attach.ts')).attach(context, id)));
  program
    .command('status')
    .description('what is known of an execution, or of the environment, now')
    .argument('[execution]', 'execution id')
    .examples('fraudctl status probe_20260221T020923Z')
    .exits({ done: 'it is known, whatever became of it' })
    .prints('fraudctl/status/v1', 'fraudctl/local/v1')
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
    .exits({
      done: 'lines were printed',
      data: 'no task has written a line',
      transient: 'nobody answered for long, or knows of a start',
    })
    .prints('fraudctl/log-line/v1')
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
    .exits({ done: 'it is over, whatever its verdict' })
    .prints('fraudctl/verdict/v1')
    .action(
      act(async (context, id: string, options: { reason: string }) =>
        (await import('../commands/stop.ts')).stop(context, id, options.reason),
      ),
    );
}
