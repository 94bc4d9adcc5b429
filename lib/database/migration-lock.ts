import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { fail } from '../vocabulary/failure.ts';

/** Key of the advisory lock that makes migrating a single writer's work; an arbitrary constant of this product. */
const lockKey = '7026401984502136001';

const waitBetweenTries = 250;

/**
 * Runs `work` as the only migrator. Waits for another one up to `waitMillis`, then throws
 * `MIGRATION_LOCKED` (75), saying who holds the lock. The lock ends with the connection, so a killed
 * migrator never leaves it behind.
 */
export async function withMigrationLock<T>(
  client: pg.Client,
  waitMillis: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + waitMillis;
  while (!(await tryLock(client))) {
    if (performance.now() > until) await refuseWithHolder(client);
    await delay(waitBetweenTries, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey]).catch(() => undefined);
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
    lockKey,
  ]);
  return rows[0]?.taken === true;
}

async function refuseWithHolder(client: pg.Client): Promise<never> {
  const { rows } = await client.query<{ holder: string }>(
    `select format('%s, backend %s', coalesce(nullif(a.application_name, ''), 'unknown'), l.pid) as holder
       from pg_locks l left join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted
        and ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint`,
    [lockKey],
  );
  return fail({
    exit: 'transient',
    code: 'MIGRATION_LOCKED',
    message: `another migration is running: ${rows[0]?.holder ?? 'it has just ended'}`,
    where: 'advisory lock of migrate',
    remedy: 'Wait for it to end, then run fraudctl db migrate again.',
  });
}
