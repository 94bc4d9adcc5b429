import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionWish, withConnection } from '../../lib/database/connect.ts';

/** Ends the session of a user that waits for a lock, as soon as there is one. */
export async function endWaitingSession(superuser: ConnectionWish, user: string): Promise<void> {
  // A connection of its own: within a transaction the server always tells of the same sessions.
  await withConnection(superuser, async (client) => {
    const end = async () =>
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and wait_event_type = 'Lock'`,
        [user],
      );
    while ((await end()).rowCount === 0) await delay(20);
  });
}

/** Returns when a session of a user waits for a lock. */
export async function waitingSession(superuser: ConnectionWish, user: string): Promise<void> {
  await withConnection(superuser, async (client) => {
    const waiting = `select from pg_stat_activity where usename = $1 and wait_event_type = 'Lock'`;
    while ((await client.query(waiting, [user])).rowCount === 0) await delay(20);
  });
}
