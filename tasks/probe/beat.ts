import { withConnection } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import type { TaskContext } from '../../lib/runtime/task-program.ts';
import type { probeContract } from '../../lib/task-contracts/probe.ts';

export type Heartbeat = {
  readonly role: string;
  readonly server_version: string;
  /** Heartbeats of this run scope so far, this one included; decimal text, as a count may pass 2^53. */
  readonly heartbeats: string;
};

/** Writes this launch's heartbeat row, once, and reads back what the role can see. */
export async function beat(context: TaskContext<typeof probeContract>): Promise<Heartbeat> {
  const { launch, secrets, databaseAuthorities } = context;
  const wish = {
    dsn: parseDsn(secrets.DATABASE_DSN ?? '', 'DATABASE_DSN'),
    authorities: databaseAuthorities ?? '',
    applicationName: `probe ${launch.executionId}`,
  };
  return await withConnection(wish, async (client) => {
    await client.query(
      'insert into platform.heartbeats (launch_key, run_id) values ($1, $2) on conflict (launch_key) do nothing',
      [launch.launchKey, launch.runId],
    );
    const { rows } = await client.query<Heartbeat>(
      `select session_user::text as role, current_setting('server_version') as server_version,
              (select count(*)::text from platform.heartbeats where run_id = $1) as heartbeats`,
      [launch.runId],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the database answered without a row');
    return row;
  });
}
