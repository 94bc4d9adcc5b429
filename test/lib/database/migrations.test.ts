import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  applyMigrations,
  type MigrationFile,
  planMigrations,
  readMigrationFiles,
} from '../../../lib/database/apply-migrations.ts';
import { applyRoles } from '../../../lib/database/apply-roles.ts';
import { cancelOnAbort, connect, withConnection } from '../../../lib/database/connect.ts';
import { Dsn } from '../../../lib/database/dsn.ts';
import { roleGrants } from '../../../lib/database/grants.ts';
import { checkDatabase, readSchemaVersion } from '../../../lib/database/identity-checks.ts';
import { withMigrationLock } from '../../../lib/database/migration-lock.ts';
import { expectedSchemaVersion, migrations } from '../../../lib/database/migrations.ts';
import { scramVerifier } from '../../../lib/database/scram-verifier.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { makeServerCertificate } from '../../../lib/local-cloud/postgres/certificates.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { endWaitingSession } from '../../support/end-waiting-session.ts';
import { startTestPostgres, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres();
});
after(() => postgres.close());

const never = new AbortController().signal;
const hasCode = (code: string) => (error: unknown) => isPlatformError(error) && error.failure.code === code;
const grants = roleGrants[0] ?? assert.fail('there are grants');
const password = "p'ss word/with%signs";
const roleDsn = (secret = password) =>
  new Dsn({
    ...postgres.master.dsn,
    user: grants.role,
    password: secret,
    database: postgres.master.dsn.database,
    host: postgres.master.dsn.host,
    port: postgres.master.dsn.port,
  });

test('the list of migrations is the folder of migrations', async () => {
  const files = await readdir(new URL('../../../lib/database/sql/', import.meta.url));
  assert.deepEqual(
    migrations.map(({ file }) => file),
    files.sort(),
  );
  assert.deepEqual(
    migrations.map(({ version }) => version),
    migrations.map((_, index) => index + 1),
  );
});

test('a fresh database is migrated; again, nothing is to do', async () => {
  const files = await readMigrationFiles();
  await withConnection(postgres.master, async (client) => {
    assert.equal(await readSchemaVersion(client), 0);
    const first = await applyMigrations(client, files, never);
    assert.deepEqual([first.before, first.applied], [0, files.map(({ version }) => version)]);
    assert.equal(await readSchemaVersion(client), expectedSchemaVersion);
    assert.deepEqual((await applyMigrations(client, files, never)).applied, []);
  });
});

test('a migration that fails leaves the whole number of migrations before it', async () => {
  const files = await readMigrationFiles();
  const broken: MigrationFile = {
    version: expectedSchemaVersion + 1,
    name: 'broken',
    sql: 'create table platform.half (); select 1/0',
    sha256: sha256Of('x'),
  };
  await withConnection(postgres.master, async (client) => {
    await assert.rejects(applyMigrations(client, [...files, broken], never), /division by zero/);
    assert.equal(await readSchemaVersion(client), expectedSchemaVersion);
    const { rows } = await client.query(`select to_regclass('platform.half') as half`);
    assert.equal(rows[0].half, null);
  });
});

const file = (version: number, sql = `-- ${version}`): MigrationFile => ({
  version,
  name: `m${version}`,
  sql,
  sha256: sha256Of(sql),
});
test('a database newer than this code is refused', () => {
  assert.throws(() => planMigrations([file(1)], [file(1), file(2)]), hasCode('SCHEMA_NEWER'));
});
test('an applied migration that was edited is refused', () => {
  assert.throws(() => planMigrations([file(1, 'changed'), file(2)], [file(1)]), hasCode('MIGRATION_ALTERED'));
});
test('only what is missing is planned, in order', () => {
  assert.deepEqual(
    planMigrations([file(1), file(2), file(3)], [file(1)]).map(({ version }) => version),
    [2, 3],
  );
});

test('one migrator at a time: the loser is told who holds the lock, and a killed holder holds nothing', async () => {
  const holder = await connect({ ...postgres.master, applicationName: 'holder of the lock' });
  const loser = await connect(postgres.master);
  await withMigrationLock(holder, 0, never, async () => {
    await assert.rejects(
      withMigrationLock(loser, 300, never, async () => assert.fail('two migrators')),
      (error) =>
        hasCode('MIGRATION_LOCKED')(error) &&
        isPlatformError(error) &&
        error.exitCode === 75 &&
        /holder of the lock/.test(error.message),
    );
  });
  await holder.query('select pg_advisory_lock(7026401984502136001)');
  const { rows } = await holder.query('select pg_backend_pid() as pid');
  await withConnection(postgres.superuser, (client) =>
    client.query('select pg_terminate_backend($1)', [rows[0].pid]),
  );
  assert.equal(await withMigrationLock(loser, 5_000, never, async () => 'mine'), 'mine');
  await loser.end();
  await holder.end().catch(() => undefined);
});

test('a role has its password and its grants, and nothing else', async () => {
  await withConnection(postgres.master, (client) => applyRoles(client, [{ grants, dsn: roleDsn() }]));
  await withConnection(postgres.master, (client) => applyRoles(client, [{ grants, dsn: roleDsn() }]));
  await withConnection(postgres.wish(roleDsn()), async (client) => {
    await client.query(`insert into platform.heartbeats (launch_key, run_id) values ('k', 'r')`);
    const forbidden = [
      `delete from platform.heartbeats`,
      `update platform.heartbeats set run_id = 'x'`,
      `insert into platform.schema_migrations values (99, 'x', repeat('a', 64))`,
      `create table platform.mine ()`,
      `create table public.mine ()`,
      `create temp table mine ()`,
      `create schema mine`,
      `create role mine`,
      `set role fraud_master`,
      `select pg_read_file('postgresql.conf')`,
      `copy (select 1) to program 'true'`,
    ];
    for (const sql of forbidden) await assert.rejects(client.query(sql), /permission denied|must be/, sql);
  });
  assert.deepEqual(
    await checkDatabase(roleDsn(), postgres.authorities, { role: grants.role, schema: 'current' }),
    [],
  );
});

test('rotation is the same step: the old password stops working, the new one works', async () => {
  const rotated = roleDsn('another password');
  await withConnection(postgres.master, (client) => applyRoles(client, [{ grants, dsn: rotated }]));
  await assert.rejects(connect(postgres.wish(roleDsn())), hasCode('DATABASE_AUTHENTICATION'));
  await withConnection(postgres.wish(rotated), (client) => client.query('select 1'));
});

test('a grant that is no longer listed is taken away', async () => {
  const fewer = { ...grants, tables: { 'platform.schema_migrations': ['select'] as const } };
  await withConnection(postgres.master, (client) => applyRoles(client, [{ grants: fewer, dsn: roleDsn() }]));
  await withConnection(postgres.wish(roleDsn()), (client) =>
    assert.rejects(client.query('select from platform.heartbeats'), /permission denied/),
  );
});

test('a DSN stored for another role is refused', async () => {
  await withConnection(postgres.master, (client) =>
    assert.rejects(applyRoles(client, [{ grants, dsn: postgres.master.dsn }]), hasCode('ROLE_FOREIGN')),
  );
});

test('a SCRAM verifier is the one PostgreSQL makes', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  assert.equal(
    scramVerifier('pencil', salt),
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

test('no password is in the log of the server', async () => {
  const log = await readFile(join(postgres.folder, 'postgres', 'postgres.log'), 'utf8');
  for (const secret of [password, 'another password', postgres.master.dsn.password()])
    assert.ok(!log.includes(secret));
});

test('TLS is verified, and plain connections are turned away', async () => {
  const { authority } = await makeServerCertificate(Date.now());
  await assert.rejects(connect({ ...postgres.master, authorities: authority }), hasCode('DATABASE_TLS'));
  const { default: pg } = await import('pg');
  const { dsn } = postgres.master;
  const plain = new pg.Client({
    host: dsn.host,
    port: dsn.port,
    database: dsn.database,
    user: dsn.user,
    password: dsn.password(),
  });
  await assert.rejects(plain.connect(), /pg_hba|rejects|no encryption/);
});

test('times keep their microseconds, and 64-bit integers their digits', async () => {
  const { rows } = await withConnection(postgres.master, (client) =>
    client.query(
      `select timestamptz '2026-02-21 02:12:59.915123+00' as at, 9223372036854775807::int8 as large, date '2026-02-21' as day, 1.10::numeric as exact`,
    ),
  );
  assert.deepEqual(rows[0], {
    at: '2026-02-21 02:12:59.915123+00',
    large: '9223372036854775807',
    day: '2026-02-21',
    exact: '1.10',
  });
});

test('a session that the server ends in the middle is an interruption', async () => {
  await assert.rejects(
    withConnection(postgres.master, (client) =>
      client.query('select pg_terminate_backend(pg_backend_pid())'),
    ),
    (error) => hasCode('DATABASE_INTERRUPTED')(error) && isPlatformError(error) && error.exitCode === 75,
  );
  await assert.rejects(
    withConnection(postgres.master, async (client) => {
      const { rows } = await client.query('select pg_backend_pid() as pid');
      const broken = new Promise((resolve) => client.once('end', () => resolve(undefined)));
      await endSession(rows[0].pid);
      await broken;
      await client.query('select 1');
    }),
    hasCode('DATABASE_INTERRUPTED'),
    'also one that was ended between two statements',
  );
});

test('a check that the server breaks off is a refusal', async () => {
  await withConnection(postgres.superuser, async (blocker) => {
    await blocker.query('begin; lock table platform.schema_migrations');
    const { dsn } = postgres.master;
    const checked = checkDatabase(dsn, postgres.authorities, { role: dsn.user, schema: 'current' });
    await endWaitingSession(postgres.superuser, dsn.user);
    assert.deepEqual(
      (await checked).map(({ exit, code }) => [exit, code]),
      [['refused', 'DATABASE_INTERRUPTED']],
    );
  });
});

async function endSession(pid: number): Promise<void> {
  await withConnection(postgres.superuser, (client) =>
    client.query('select pg_terminate_backend($1)', [pid]),
  );
}

test('an aborted statement is cancelled on the server', async () => {
  const client = await connect(postgres.master);
  const abort = new AbortController();
  setTimeout(() => abort.abort('deadline'), 200);
  const begun = performance.now();
  await assert.rejects(
    cancelOnAbort(postgres.master, client, abort.signal, () => client.query('select pg_sleep(30)')),
    (error) => error === 'deadline',
  );
  assert.ok(performance.now() - begun < 5_000);
  const { rows } = await client.query('select 1 as one');
  assert.equal(rows[0].one, 1, 'the connection is whole');
  await client.end();
});
