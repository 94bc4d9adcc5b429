import { localCloudStatus, stopLocalCloud } from '../../lib/local-cloud/control.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { CommandContext } from './command-context.ts';
import { localHome } from './open-environment.ts';
import { requireLocal } from './require-local.ts';

/** `fraudctl local up`: everything running and migrated; again, nothing to do. */
export async function localUp(context: CommandContext): Promise<number> {
  requireLocal(context, 'local up', 'Leave out --env; an environment of AWS comes up with npx cdk deploy.');
  const environment = await context.openEnvironment({ migrated: true });
  const status = await localCloudStatus(localHome());
  context.output.result(
    [
      `up     local cloud, process ${status?.pid}, 127.0.0.1:${status?.port}`,
      `       PostgreSQL 127.0.0.1:${status?.postgres?.port}`,
      `state  ${localHome()}`,
      'next   fraudctl task run probe',
    ].join('\n'),
    { schema: 'fraudctl/local/v1', environment: environment.name, ...describe(status) },
  );
  return exitCodes.done;
}

/** `fraudctl local down`. Exit 0 also when nothing ran. */
export async function localDown(context: CommandContext, force: boolean): Promise<number> {
  requireLocal(context, 'local down', 'Leave out --env; an environment of AWS goes with npx cdk destroy.');
  const stopped = await stopLocalCloud(localHome(), force);
  context.output.result(stopped ? 'down' : 'was not running', {
    schema: 'fraudctl/local/v1',
    state: 'down',
    home: localHome(),
    was_running: stopped,
  });
  return exitCodes.done;
}

/** `fraudctl local status`: starts nothing. */
export async function localStatus(context: CommandContext): Promise<number> {
  requireLocal(context, 'local status', 'Leave out --env; for one execution: fraudctl status <execution>.');
  const status = await localCloudStatus(localHome());
  const text =
    status === undefined
      ? `down   nothing runs for ${localHome()}\nnext   fraudctl local up`
      : [
          `${status.state}  local cloud, process ${status.pid}, 127.0.0.1:${status.port}, since ${status.started_at}`,
          `       PostgreSQL ${status.postgres === null ? 'is starting' : `127.0.0.1:${status.postgres.port}`}`,
          `       ${status.running_executions} executions, ${status.running_tasks} tasks running`,
          `state  ${status.home}`,
        ].join('\n');
  context.output.result(text, { schema: 'fraudctl/local/v1', ...describe(status) });
  return exitCodes.done;
}

type Status = Awaited<ReturnType<typeof localCloudStatus>>;

function describe(status: Status) {
  if (status === undefined) return { state: 'down', home: localHome() };
  const { failure: _, ...rest } = status;
  return rest;
}
