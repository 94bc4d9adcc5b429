import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';

/** The local environment as a whole. */
export function addLocalCommands(program: OperatorCommand, act: Act): void {
  const local = program.group('local', 'the local environment: the same wire on loopback');
  local
    .command('up')
    .description('start the local cloud and PostgreSQL, and migrate the database')
    .examples('fraudctl local up')
    .prints('fraudctl/local/v1')
    .action(act(async (context) => (await import('../commands/local.ts')).localUp(context)));
  local
    .command('down')
    .description('stop them; refuses while executions run')
    .option('--force', 'stop running executions too', false)
    .examples('fraudctl local down --force')
    .exits({ done: 'nothing runs', transient: 'executions run' })
    .prints('fraudctl/local/v1')
    .action(
      act(async (context, options: { force: boolean }) =>
        (await import('../commands/local.ts')).localDown(context, options.force),
      ),
    );
  local
    .command('remove')
    .description('remove it with everything it kept, evidence included; a dry run without --yes')
    .option('--yes', 'do it', false)
    .option('--force', 'stop running executions too', false)
    .examples('fraudctl local remove', 'fraudctl local remove --yes')
    .exits({ done: 'it is gone, or was listed', transient: 'executions run' })
    .prints('fraudctl/local-remove/v1')
    .action(
      act(async (context, options: { yes: boolean; force: boolean }) =>
        (await import('../commands/local-remove.ts')).localRemove(context, options),
      ),
    );
  local
    .command('status')
    .description('what runs, where its state is')
    .examples('fraudctl local status --json')
    .prints('fraudctl/local/v1')
    .action(act(async (context) => (await import('../commands/local.ts')).localStatus(context)));
}
