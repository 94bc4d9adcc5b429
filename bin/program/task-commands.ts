import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { forPhase } from './shared-options.ts';

/** One-shot tasks, and the run scopes that they serve. */
export function addTaskCommands(program: OperatorCommand, act: Act): void {
  const task = program.group('task', 'one-shot tasks');
  forPhase(
    task
      .command('run')
      .description('launch a task, follow it to its end, judge it, seal the evidence')
      .argument('<task>', 'a task of `fraudctl task list`')
      .option('--params <json>', 'parameters as JSON, or @file')
      .option('--deadline <when>', 'a duration (15m) or an instant; the contract has a default and a maximum')
      .option('--run <run_id>', 'run scope to serve; a new one is recorded without it')
      .option('--lane <name>', 'first part of the execution id; the task by default')
      .option('--execution <id>', 'this very execution: started once, attached to after that')
      .option('--relaunch-wait <duration>', 'pause before a relaunch', '5s')
      .option('--detach', 'return as soon as it is started', false),
  )
    .examples(`fraudctl task run probe --params '{"note":"hello"}' --deadline 2m`)
    .exits({
      done: 'the verdict is PASS',
      data: 'the verdict is FAIL for what the task found',
      internal: 'the task broke, or its verdict is INDETERMINATE',
      deadline: 'its deadline ended it',
      transient: 'detached, or safe to run again',
    })
    .prints('fraudctl/verdict/v1', 'fraudctl/started/v1')
    .action(
      act(async (context, name: string, options: import('../commands/task-run.ts').TaskRunOptions) =>
        (await import('../commands/task-run.ts')).taskRun(context, name, options),
      ),
    );
  task
    .command('list')
    .description('tasks and what they need')
    .examples('fraudctl task list --json')
    .prints('fraudctl/tasks/v1')
    .action(act(async (context) => (await import('../commands/task-list.ts')).taskList(context)));
  const run = program.group('run', 'run scopes');
  run
    .command('new')
    .description('mint a run scope and record it')
    .examples('fraudctl run new')
    .prints('fraudctl/run-scope/v1')
    .action(act(async (context) => (await import('../commands/run-new.ts')).runNew(context)));
}
