import { execFile, spawn } from 'node:child_process';
import { chown, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { databaseName } from '../../../config/names.ts';
import { withConnection } from '../../database/connect.ts';
import { Dsn } from '../../database/dsn.ts';
import { scramVerifier } from '../../database/scram-verifier.ts';
import { masterRole } from '../../task-contracts/migrate.ts';
import { fail, messageOf } from '../../vocabulary/failure.ts';
import { isAlive, type ProcessIdentity, signalProcess, startTicksOf } from '../process-identity.ts';
import type { SecretFiles } from '../secret-files.ts';
import { makeServerCertificate } from './certificates.ts';
import { choosePort } from './choose-port.ts';
import { chooseServerPlace, nativeFolder, type ServerPlace } from './server-place.ts';

export type LocalPostgres = {
  readonly port: number;
  readonly pid: number;
  /** PEM file with the authority that signed the server's certificate. */
  readonly authoritiesFile: string;
  /** DSN of a login role with the given password. */
  readonly dsnOf: (role: string, password: string) => Dsn;
  readonly stop: () => Promise<void>;
};

export type PostgresOptions = {
  readonly folder: string;
  readonly secrets: SecretFiles;
  /** `false` only where the data may be lost with the machine: in tests. */
  readonly fsync?: boolean;
};

const superuser = 'fraud_bootstrap';
const host = '127.0.0.1';
const startTimeoutMillis = 30_000;
const stopTimeoutMillis = 20_000;

/**
 * Makes sure that this environment's PostgreSQL runs: makes the cluster the first time, adopts a
 * server that outlived the cloud that started it, else starts it. The server is detached; it survives
 * whoever called. TLS only, passwords only (SCRAM), loopback only.
 */
export async function ensurePostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const place = await chooseServerPlace(options.folder, await nativeFolder());
  const data = join(place.folder, 'data');
  const server = { place, data, options };
  if ((await stat(join(data, 'initialised')).catch(() => undefined)) === undefined)
    await createCluster(server);
  const adopted = await readRunning(data);
  const running = adopted ?? (await startServer(server));
  const postgres: LocalPostgres = {
    port: running.port,
    pid: running.identity.pid,
    authoritiesFile: join(place.folder, 'authority.pem'),
    dsnOf: (role, password) =>
      new Dsn({ host, port: running.port, database: databaseName, user: role, password }),
    stop: () => stopServer(running.identity),
  };
  await createDatabase(postgres, options.secrets);
  return postgres;
}

type Server = { readonly place: ServerPlace; readonly data: string; readonly options: PostgresOptions };
type RunningServer = { readonly identity: ProcessIdentity; readonly port: number };

async function createCluster({ place, data, options }: Server): Promise<void> {
  await mkdir(place.folder, { recursive: true });
  // What a killed first start left behind is no cluster.
  await rm(data, { recursive: true, force: true });
  const password = await options.secrets.obtain('database/bootstrap/password');
  const passwordFile = join(place.folder, 'bootstrap-password');
  const certificate = await makeServerCertificate(Date.now());
  await writeFile(passwordFile, password, { mode: 0o600 });
  await writeFile(join(place.folder, 'authority.pem'), certificate.authority, { mode: 0o644 });
  if (place.account !== undefined) await chown(passwordFile, place.account.uid, place.account.gid);
  try {
    await promisify(execFile)(
      join(place.binaries, 'bin', 'initdb'),
      // No sync here: a cluster that was cut short is made again. The server itself syncs.
      [
        '--pgdata',
        data,
        '--username',
        superuser,
        '--pwfile',
        passwordFile,
        '--auth',
        'scram-sha-256',
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--no-sync',
        '--no-instructions',
      ],
      { ...asAccount(place), cwd: place.folder, env: serverEnvironment(place) },
    );
  } catch (error) {
    fail(
      {
        exit: 'internal',
        code: 'POSTGRESQL_INITDB_FAILED',
        message: messageOf(error).slice(0, 2_000),
        where: data,
        remedy: 'Read the message; a full disk and a closed folder are the usual causes.',
      },
      error,
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  const files: readonly [string, string][] = [
    ['server.crt', certificate.certificate],
    ['server.key', certificate.privateKey],
    ['pg_hba.conf', 'hostssl all all 127.0.0.1/32 scram-sha-256\nhostnossl all all all reject\n'],
  ];
  for (const [name, content] of files) {
    await writeFile(join(data, name), content, { mode: 0o600 });
    if (place.account !== undefined) await chown(join(data, name), place.account.uid, place.account.gid);
  }
  await writeFile(join(data, 'initialised'), '', { flush: true });
}

async function startServer({ place, data, options }: Server): Promise<RunningServer> {
  const portFile = join(place.folder, 'port');
  // `readRunning` has just found that no server of this folder lives. A killed one leaves this file, and PostgreSQL
  // believes it as long as anything bears the process id, be it a zombie.
  await rm(join(data, 'postmaster.pid'), { force: true });
  const port = await choosePort(host, portFile);
  const settings: Readonly<Record<string, string | number>> = {
    listen_addresses: host,
    port,
    unix_socket_directories: '',
    ssl: 'on',
    ssl_min_protocol_version: 'TLSv1.2',
    password_encryption: 'scram-sha-256',
    max_connections: 100,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %u@%d ',
    log_min_error_statement: 'panic',
    ...(options.fsync === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const log = await open(join(place.folder, 'postgres.log'), 'a', 0o600);
  const logStart = (await log.stat()).size;
  const started = spawn(
    join(place.binaries, 'bin', 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...asAccount(place),
      cwd: place.folder,
      env: serverEnvironment(place),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  let ended = false;
  started.on('error', () => {
    ended = true;
  });
  started.on('exit', () => {
    ended = true;
  });
  started.unref();
  await log.close();
  for (const until = performance.now() + startTimeoutMillis; performance.now() < until; ) {
    const running = await readRunning(data);
    if (running !== undefined && (await isReady(data))) {
      await writeFile(portFile, String(port));
      return running;
    }
    if (ended) break;
    await delay(15);
  }
  const text = await readFile(join(place.folder, 'postgres.log'), 'utf8').catch(() => '');
  return fail({
    exit: 'internal',
    code: 'POSTGRESQL_DID_NOT_START',
    message: `PostgreSQL did not start: ${text.slice(logStart).trim().split('\n').slice(-3).join(' | ')}`,
    where: join(place.folder, 'postgres.log'),
    remedy: 'Read its log; then run fraudctl local up again.',
  });
}

/** The running server of a data folder, from its own postmaster.pid; a file that a dead server left is none. */
async function readRunning(data: string): Promise<RunningServer | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pidLine, , startLine, portLine] = text.split('\n');
  const pid = Number(pidLine);
  const port = Number(portLine);
  if (!(pid > 0) || !(port > 0)) return undefined;
  const startTicks = startTicksOf(pid);
  if (startTicks === undefined || !(await isServerOf(pid, data, Number(startLine)))) return undefined;
  return { identity: { pid, startTicks }, port };
}

/** Whether a process is the postgres of this folder and no stranger that got the same process id. */
async function isServerOf(pid: number, data: string, startedSeconds: number): Promise<boolean> {
  if (process.platform !== 'linux') return Number.isFinite(startedSeconds);
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(data);
}

async function isReady(data: string): Promise<boolean> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  return text.split('\n')[7]?.trim() === 'ready';
}

async function stopServer(identity: ProcessIdentity): Promise<void> {
  // SIGINT is PostgreSQL's fast shutdown: sessions are cut, the data is checkpointed.
  signalProcess(identity, 'SIGINT', false);
  for (const until = performance.now() + stopTimeoutMillis; performance.now() < until; ) {
    if (!isAlive(identity)) return;
    await delay(10);
  }
  signalProcess(identity, 'SIGQUIT', false);
}

/** The database and its owner, made once by the superuser, who is used for nothing else. */
async function createDatabase(postgres: LocalPostgres, secrets: SecretFiles): Promise<void> {
  if ((await secrets.read('database/created')) === databaseName) return;
  const authorities = await readFile(postgres.authoritiesFile, 'utf8');
  const master = await secrets.obtain('database/master/password');
  const bootstrap = await secrets.obtain('database/bootstrap/password');
  const dsn = new Dsn({
    host,
    port: postgres.port,
    database: 'postgres',
    user: superuser,
    password: bootstrap,
  });
  await withConnection({ dsn, authorities, applicationName: 'local environment' }, async (client) => {
    const verifier = client.escapeLiteral(scramVerifier(master));
    const { rows: roles } = await client.query('select from pg_roles where rolname = $1', [masterRole]);
    // As on RDS: the master may create roles and owns the database, and is no superuser.
    await client.query(
      `${roles.length === 0 ? 'create' : 'alter'} role ${masterRole} login createrole password ${verifier}`,
    );
    const { rows: databases } = await client.query('select from pg_database where datname = $1', [
      databaseName,
    ]);
    if (databases.length === 0) await client.query(`create database ${databaseName} owner ${masterRole}`);
  });
  await secrets.obtain('database/created', () => databaseName);
}

function asAccount({ account }: ServerPlace): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

function serverEnvironment({ folder }: ServerPlace): Record<string, string> {
  return { LC_ALL: 'C', TZ: 'UTC', HOME: folder, PATH: '/usr/bin:/bin' };
}
