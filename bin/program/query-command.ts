import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';

/** Questions to the database of an environment. */
export function addQueryCommand(program: OperatorCommand, act: Act): void {
  program
    .command('query')
    .description('ask the database of the environment, read-only, with the answer as evidence')
    .argument('[query]', 'a query of `fraudctl query list`; `list` shows them')
    .option('--param <k=v>', 'an argument of the query; give one for each', collect)
    .option('--file <file>', 'SQL of your own, where the environment allows it: one plain SELECT')
    .option('--format <format>', 'table, json or csv', 'table')
    .option('--out <file>', 'write the answer to a new file')
    .option('--watch <interval>', 'ask again and again, as 30s; needs --for')
    .option('--for <duration>', 'how long to watch; the last question is asked at its very end')
    .option('--run <run_id>', 'run scope to serve; the argument run_id, or a new one, without it')
    .option('--deadline <duration>', 'for each question; the contract has a default and a maximum')
    .examples(
      'fraudctl query list',
      'fraudctl query schema_status',
      'fraudctl query receipts_window --param run_id=platform_20260221T060431Z --param from=2026-02-21T06:06:00Z --param to=2026-02-21T06:24:00Z --format csv',
      'fraudctl query checkpoint_progress --param run_id=platform_20260221T060431Z --watch 30s --for 10m',
      'fraudctl query --file question.sql',
    )
    .exits({
      done: 'every question was answered',
      usage: 'the question is refused; nothing was asked',
      data: 'the answer is over a cap',
      deadline: 'the database took too long',
    })
    .prints('fraudctl/query/v1', 'fraudctl/queries/v1')
    .action(
      act(async (context, name: string | undefined, options: import('../commands/query.ts').QueryOptions) =>
        (await import('../commands/query.ts')).query(context, name, options),
      ),
    );
}

/** An option that may be given several times. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
