import { type ConnectionWish, withConnection } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { ReportContext } from './report.ts';

/** How a launch connects: who holds a lock is told by the name of its session. */
export function reportWish({ secrets, databaseAuthorities, launch }: ReportContext): ConnectionWish {
  return {
    dsn: parseDsn(secrets.DATABASE_DSN ?? '', 'DATABASE_DSN'),
    authorities: databaseAuthorities ?? '',
    applicationName: `report ${launch.launchKey}`,
    statementTimeoutMillis: 120_000,
  };
}

/**
 * Runs `write` as the only writer of reports about a subject. The lock is the session's: whoever dies has
 * released it. Throws `REPORT_IN_PROGRESS` (75) naming the launch that holds it.
 */
export async function withReportLock<T>(
  context: ReportContext,
  subject: string,
  write: () => Promise<T>,
): Promise<T> {
  return await withConnection(reportWish(context), async (client) => {
    const { rows } = await client.query<{ taken: boolean; key: string }>(
      'select pg_try_advisory_lock(key) as taken, key::text from hashtextextended($1, 0) as key',
      [`report ${subject}`],
    );
    const [lock] = rows;
    if (lock?.taken === true) return await write();
    const { rows: holders } = await client.query<{ holder: string }>(
      `select application_name as holder from pg_locks join pg_stat_activity using (pid)
        where locktype = 'advisory' and granted and objsubid = 1
          and (classid::bigint << 32 | objid::bigint) = $1::bigint`,
      [lock?.key],
    );
    return fail({
      exit: 'transient',
      code: 'REPORT_IN_PROGRESS',
      message: `another launch writes this report: ${holders[0]?.holder ?? 'one that has just ended'}`,
      where: subject,
      ...(holders[0] === undefined ? {} : { value: holders[0].holder }),
      remedy: 'Wait for it, or ask again when it has ended.',
    });
  });
}
