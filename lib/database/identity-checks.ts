import type pg from 'pg';
import { errorCodeOf, type Failure, failureOf, isPlatformError } from '../vocabulary/failure.ts';
import { withConnection } from './connect.ts';
import type { Dsn } from './dsn.ts';
import { expectedSchemaVersion } from './migrations.ts';

export type DatabaseExpectation = {
  readonly role: string;
  /** `any`: the schema may be anything, also absent. */
  readonly schema: 'current' | 'any';
};

/**
 * Connects once and checks who we are there and what we found: the contract's role and no superuser,
 * the schema version this code expects. All failures together; empty means lawful. Bounded to a few
 * seconds by the connection's own timeouts.
 *
 * Failures: those of `withConnection`, `DATABASE_WRONG_ROLE`, `DATABASE_SUPERUSER`, `SCHEMA_MISSING`,
 * `SCHEMA_OLDER`, `SCHEMA_NEWER`; all as refusals (78).
 */
export async function checkDatabase(
  dsn: Dsn,
  authorities: string,
  expectation: DatabaseExpectation,
): Promise<readonly Failure[]> {
  try {
    const wish = { dsn, authorities, applicationName: 'bootstrap', statementTimeoutMillis: 5_000 };
    return await withConnection(wish, async (client) => [
      ...(await checkRole(client, dsn, expectation.role)),
      ...(expectation.schema === 'current' ? await checkSchemaVersion(client, dsn) : []),
    ]);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return [{ ...failureOf(error), exit: 'refused' }];
  }
}

async function checkRole(client: pg.Client, dsn: Dsn, role: string): Promise<readonly Failure[]> {
  const { rows } = await client.query<{ name: string; powerful: boolean }>(
    `select session_user::text as name, rolsuper or rolbypassrls or rolreplication as powerful
       from pg_roles where rolname = session_user`,
  );
  const found = rows[0];
  const failures: Failure[] = [];
  if (found?.name !== role) {
    failures.push({
      exit: 'refused',
      code: 'DATABASE_WRONG_ROLE',
      message: `the DSN logs in as ${found?.name}, the contract wants ${role}`,
      where: dsn.describe(),
      value: found?.name ?? '',
      remedy: 'Store the DSN of the contract’s own role under its own secret.',
    });
  }
  if (found?.powerful !== false) {
    failures.push({
      exit: 'refused',
      code: 'DATABASE_SUPERUSER',
      message: 'the role may bypass every grant; no task runs with such a role',
      where: dsn.describe(),
      value: found?.name ?? '',
      remedy: 'Use the login role that fraudctl db migrate creates for the contract.',
    });
  }
  return failures;
}

async function checkSchemaVersion(client: pg.Client, dsn: Dsn): Promise<readonly Failure[]> {
  const found = await readSchemaVersion(client);
  if (found === expectedSchemaVersion) return [];
  const [code, remedy] =
    found === 0
      ? ['SCHEMA_MISSING', 'Run fraudctl db migrate.']
      : found < expectedSchemaVersion
        ? ['SCHEMA_OLDER', 'Run fraudctl db migrate.']
        : [
            'SCHEMA_NEWER',
            'Deploy the tasks that belong to this schema; an older task never touches a newer database.',
          ];
  return [
    {
      exit: 'refused',
      code,
      message: `the database has schema version ${found}, this task works with ${expectedSchemaVersion}`,
      where: dsn.describe(),
      value: String(found),
      remedy,
    },
  ];
}

const undefinedObject = new Set(['42P01', '3F000', '42501']);

/** Version of the schema; 0 when there is none, or none that this role may see. */
export async function readSchemaVersion(client: pg.Client): Promise<number> {
  try {
    const { rows } = await client.query<{ version: number | null }>(
      'select max(version) as version from platform.schema_migrations',
    );
    return rows[0]?.version ?? 0;
  } catch (error) {
    if (undefinedObject.has(errorCodeOf(error) ?? '')) return 0;
    throw error;
  }
}
