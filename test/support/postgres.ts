import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionWish } from '../../lib/database/connect.ts';
import { Dsn } from '../../lib/database/dsn.ts';
import { ensurePostgres, type LocalPostgres } from '../../lib/local-cloud/postgres/postgres-server.ts';
import { openSecretFiles } from '../../lib/local-cloud/secret-files.ts';
import { masterRole } from '../../lib/task-contracts/migrate.ts';

export type TestPostgres = {
  readonly server: LocalPostgres;
  readonly folder: string;
  readonly authorities: string;
  readonly wish: (dsn: Dsn) => ConnectionWish;
  readonly master: ConnectionWish;
  readonly superuser: ConnectionWish;
  readonly close: () => Promise<void>;
};

/** A PostgreSQL of its own for one test file: TLS on, fsync off. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  await chmod(folder, 0o711);
  const secrets = openSecretFiles(join(folder, 'secrets'));
  const server = await ensurePostgres({ folder: join(folder, 'postgres'), secrets, fsync: false });
  const authorities = await readFile(server.authoritiesFile, 'utf8');
  const wish = (dsn: Dsn) => ({ dsn, authorities, applicationName: 'test' });
  const master = server.dsnOf(masterRole, await secrets.obtain('database/master/password'));
  const superuser = new Dsn({
    host: master.host,
    port: master.port,
    database: master.database,
    user: 'fraud_bootstrap',
    password: await secrets.obtain('database/bootstrap/password'),
  });
  return {
    server,
    folder,
    authorities,
    wish,
    master: wish(master),
    superuser: wish(superuser),
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
