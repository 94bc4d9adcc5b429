import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretParameterName } from '../../config/names.ts';
import type { ConnectionWish } from '../../lib/database/connect.ts';
import { Dsn, parseDsn } from '../../lib/database/dsn.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { openSecretFiles } from '../../lib/local-cloud/secret-files.ts';
import type { TaskContext } from '../../lib/runtime/task-program.ts';
import type { queryContract } from '../../lib/task-contracts/query.ts';
import { executionIdSchema, launchKeySchema, runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import type { TestEnvironment } from './local-environment.ts';
import { readParameters } from './read-parameters.ts';

/** How to connect to a test environment's database as the role of a contract. */
export async function databaseWish(environment: TestEnvironment, role: string): Promise<ConnectionWish> {
  const path = secretParameterName('local', `database/${role}/dsn`);
  const [dsn = ''] = await readParameters(environment.home, [path]);
  return {
    dsn: parseDsn(dsn, role),
    authorities: await readFile(join(environment.home, 'postgres', 'authority.pem'), 'utf8'),
    applicationName: 'test',
  };
}

/** How to connect as the superuser of a test environment's database, who sees what every session does. */
export async function superuserWish(environment: TestEnvironment): Promise<ConnectionWish> {
  const wish = await databaseWish(environment, 'master');
  const secrets = openSecretFiles(join(environment.home, 'secrets'));
  const { host, port, database } = wish.dsn;
  const password = await secrets.obtain('database/bootstrap/password');
  return { ...wish, dsn: new Dsn({ host, port, database, user: 'fraud_bootstrap', password }) };
}

/** What a launch of the query task has, for calling its parts. */
export function queryContext(
  { dsn, authorities }: ConnectionWish,
  signal = new AbortController().signal,
): TaskContext<typeof queryContract> {
  return {
    parameters: { sql: 'select 1', query_sha256: '0'.repeat(64) as never },
    settings: { AD_HOC_QUERIES: 'allowed' },
    secrets: { DATABASE_DSN: dsn.reveal() },
    databaseAuthorities: authorities,
    launch: {
      environment: 'local',
      executionId: executionIdSchema.parse('query_20260221T060431Z'),
      runId: runIdSchema.parse('platform_20260221T060431Z'),
      launchKey: launchKeySchema.parse('query_20260221T060431Z/Run/0'),
      deadline: instantFromMillis(Date.now() + 60_000),
      imageDigest: 'local',
    },
    evidence: createFolderStore('/nowhere'),
    scratch: '/nowhere',
    signal,
    log: () => undefined,
  };
}
