import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';

/** An environment before and between its runs: what it lacks, its database, its image. */
export function addEnvironmentCommands(program: OperatorCommand, act: Act): void {
  program
    .command('doctor')
    .description('everything that a run will need, looked at before it costs anything')
    .option('--deploy', 'what a deploy needs instead; refuses while anything runs', false)
    .option('--teardown', 'whether the environment may be taken down: nothing runs', false)
    .examples('fraudctl doctor', 'fraudctl doctor --env dev-min --deploy')
    .exits({
      done: 'nothing is in the way',
      transient: 'busy, or nobody could be asked',
      'not-permitted': 'this user may not look',
      refused: 'something is wrong',
    })
    .prints('fraudctl/doctor/v1')
    .action(
      act(async (context, options: import('../commands/doctor.ts').DoctorOptions) =>
        (await import('../commands/doctor.ts')).doctor(context, options),
      ),
    );
  const database = program.group('db', 'the database of the environment');
  database
    .command('migrate')
    .description('bring schema, roles and grants to what this version expects')
    .examples('fraudctl db migrate')
    .exits({ done: 'schema, roles and grants are as expected' })
    .prints('fraudctl/verdict/v1')
    .action(
      act(async (context) => (await import('../commands/task-run.ts')).taskRun(context, 'migrate', {})),
    );
  database
    .command('status')
    .description('whether it takes connections, and whether an operator stopped it')
    .examples('fraudctl db status --env dev-min')
    .exits({ done: 'it takes connections', transient: 'it does not' })
    .prints('fraudctl/database/v1')
    .action(act(async (context) => (await import('../commands/database-power.ts')).databaseStatus(context)));
  database
    .command('start')
    .description('start it after a stop, and wait until it is available')
    .examples('fraudctl db start --env dev-min')
    .exits({ done: 'it is available', transient: 'it takes longer than this command waits' })
    .prints('fraudctl/database/v1')
    .action(act(async (context) => (await import('../commands/database-power.ts')).databaseStart(context)));
  database
    .command('stop')
    .description('stop it, and have the reaper keep it stopped; refuses while anything runs')
    .examples('fraudctl db stop --env dev-min')
    .exits({ done: 'it is stopped', transient: 'something runs, or it takes longer' })
    .prints('fraudctl/database/v1')
    .action(act(async (context) => (await import('../commands/database-power.ts')).databaseStop(context)));
  const image = program.group('image', 'the container image of all tasks');
  image
    .command('push')
    .description('put the built image into the environment’s repository, and print the digest to deploy')
    .option('--image <name>', 'image that npm run image made; the one of this version without it')
    .option('--dry-run', 'say what it would do', false)
    .examples('fraudctl image push --env dev-min')
    .exits({
      done: 'the repository has the image',
      data: 'it is no image of ours',
      refused: 'no container tool answers',
    })
    .prints('fraudctl/image/v1', 'fraudctl/image-plan/v1')
    .action(
      act(async (context, options: import('../commands/image-push.ts').ImagePushOptions) =>
        (await import('../commands/image-push.ts')).imagePush(context, options),
      ),
    );
}
