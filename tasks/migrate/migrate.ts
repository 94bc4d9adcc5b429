import { applyMigrations, readMigrationFiles } from '../../lib/database/apply-migrations.ts';
import { applyRoles } from '../../lib/database/apply-roles.ts';
import { cancelOnAbort, withConnection } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import { roleGrants } from '../../lib/database/grants.ts';
import { withMigrationLock } from '../../lib/database/migration-lock.ts';
import { expectedSchemaVersion } from '../../lib/database/migrations.ts';
import type { TaskProgram } from '../../lib/runtime/task-program.ts';
import { migrateContract } from '../../lib/task-contracts/migrate.ts';

/** Long enough for another migrate of a small schema to finish, short enough to be told about a stuck one. */
const lockWaitMillis = 30_000;

/** Applies migrations, then roles and grants, as the only writer. Idempotent. */
export const migrate: TaskProgram<typeof migrateContract> = async (context) => {
  const secret = (name: string) => parseDsn(context.secrets[name] ?? '', name);
  const wish = {
    dsn: secret('MASTER_DSN'),
    authorities: context.databaseAuthorities ?? '',
    applicationName: `migrate ${context.launch.executionId}`,
    statementTimeoutMillis: 120_000,
  };
  const roles = Object.entries(migrateContract.secrets).flatMap(([name, requirement]) => {
    if (requirement.kind !== 'role-dsn') return [];
    const grants = roleGrants.find(({ role }) => role === requirement.role);
    if (grants === undefined) throw new Error(`no grants are declared for ${requirement.role}`);
    return [{ grants, dsn: secret(name) }];
  });
  const files = await readMigrationFiles();
  return await withConnection(wish, (client) =>
    cancelOnAbort(wish, client, context.signal, () =>
      withMigrationLock(client, lockWaitMillis, context.signal, async () => {
        const { before, applied } = await applyMigrations(client, files, context.signal);
        context.log('schema', { before, applied, now: expectedSchemaVersion });
        const granted = await applyRoles(client, roles);
        context.log('roles', { roles: granted });
        return {
          output: { schema_before: before, schema_now: expectedSchemaVersion, applied, roles: granted },
        };
      }),
    ),
  );
};
