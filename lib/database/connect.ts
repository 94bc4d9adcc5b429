import pg from 'pg';
import { errorCodeOf, messageOf, PlatformError } from '../vocabulary/failure.ts';
import type { Dsn } from './dsn.ts';
import { asInterruption } from './interruption.ts';

/** A connection, in or out of a pool. */
export type DatabaseClient = pg.ClientBase;
export type DatabasePool = pg.Pool;

export type ConnectionWish = {
  readonly dsn: Dsn;
  /** PEM text of the certificate authorities that may sign for the server. */
  readonly authorities: string;
  /** Shown in pg_stat_activity: which launch this is. */
  readonly applicationName: string;
  /** Milliseconds after which the server cancels a statement. */
  readonly statementTimeoutMillis?: number;
  readonly connectTimeoutMillis?: number;
};

const statementTimeoutMillis = 30_000;
/** What an answer may take on its way: a server that is silent for longer than this is not there any more. */
const silenceMillis = 5_000;

const { builtins } = pg.types;

/** int8 and numeric come as text from the driver already; these would lose microseconds or shift days as dates. */
const asText: readonly number[] = [builtins.TIMESTAMPTZ, builtins.TIMESTAMP, builtins.DATE];

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    asText.includes(oid) && format !== 'binary'
      ? (value: string) => value
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Options for the driver. Never a URL: a URL's `sslmode` would override the TLS settings given here.
 * TLS is always verified against the given authorities and the DSN's host.
 */
export function connectionOptions(wish: ConnectionWish): pg.ClientConfig {
  const { dsn } = wish;
  const statementTimeout = wish.statementTimeoutMillis ?? statementTimeoutMillis;
  return {
    host: dsn.host,
    port: dsn.port,
    database: dsn.database,
    user: dsn.user,
    password: dsn.password(),
    ssl: { ca: wish.authorities, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    application_name: wish.applicationName.slice(0, 63),
    connectionTimeoutMillis: wish.connectTimeoutMillis ?? 5_000,
    statement_timeout: statementTimeout,
    // The server's own timeout tells nobody when the connection is half open.
    query_timeout: statementTimeout + silenceMillis,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 60_000,
    options: '-c timezone=UTC -c datestyle=ISO',
    keepAlive: true,
    types,
  };
}

/**
 * Opens one connection. Throws `DATABASE_UNREACHABLE` (75), `DATABASE_TLS` (77),
 * `DATABASE_AUTHENTICATION` (77) or `DATABASE_MISSING` (77), each naming host, port and role.
 */
export async function connect(wish: ConnectionWish): Promise<pg.Client> {
  const client = new pg.Client(connectionOptions(wish));
  // A connection that dies while idle emits an error, which would end the process if nobody listened.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw connectionFailure(error, wish.dsn);
  }
}

/**
 * Opens a connection, hands it to `use`, and closes it whatever happens. Throws what `connect` throws, and
 * `DATABASE_INTERRUPTED` (75) for an error of the driver by which the database broke off.
 */
export async function withConnection<T>(
  wish: ConnectionWish,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(wish);
  try {
    return await use(client);
  } catch (error) {
    throw asInterruption(error, wish.dsn);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A pool of at most `size` connections; the same wish for each. */
export function createPool(wish: ConnectionWish, size: number): pg.Pool {
  const pool = new pg.Pool({ ...connectionOptions(wish), max: size, idleTimeoutMillis: 30_000 });
  pool.on('error', () => undefined);
  // The pool listens only to those that nobody uses: one that breaks under a statement emits an error as well, which
  // would end the process. The statement is rejected anyway.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * Hands a connection of a pool to `use`. One on which something failed does not go back: after a timeout
 * of the client its answer may still be on the way, and in a transaction nobody knows its state.
 */
export async function withPooled<T>(
  pool: DatabasePool,
  use: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    const result = await use(client);
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}

/**
 * Runs `work` on a client and, when the signal aborts, cancels the statement on the server through a
 * connection of its own: the driver knows no abort signal, and giving up on the client side would
 * leave the statement running.
 */
export async function cancelOnAbort<T>(
  wish: ConnectionWish,
  client: pg.Client,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { processID } = client as pg.Client & { readonly processID: number | null };
  const cancel = () => {
    if (processID === null) return;
    withConnection(wish, (other) => other.query('select pg_cancel_backend($1)', [processID])).catch(
      () => undefined,
    );
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

const certificateCodes = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

/** An error of the driver while connecting, as a failure that names the target and never the password. Pure. */
export function connectionFailure(error: unknown, dsn: Dsn): PlatformError {
  const code = errorCodeOf(error) ?? '';
  const target = dsn.describe();
  const failed = (exit: 'transient' | 'not-permitted', name: string, message: string, remedy: string) =>
    new PlatformError({
      exit,
      code: name,
      message: `${message} (${code || messageOf(error)})`,
      where: target,
      remedy,
    });
  if (code.startsWith('28')) {
    return failed(
      'not-permitted',
      'DATABASE_AUTHENTICATION',
      'the database refuses this login',
      'Run fraudctl db migrate: it gives every role the password of its DSN.',
    );
  }
  if (code === '3D000') {
    return failed(
      'not-permitted',
      'DATABASE_MISSING',
      'the server has no such database',
      'Check the database name in the DSN.',
    );
  }
  if (certificateCodes.test(code) || /SSL|certificate/i.test(messageOf(error))) {
    return failed(
      'not-permitted',
      'DATABASE_TLS',
      'TLS with the database cannot be verified',
      'Check DATABASE_CA_FILE and the host of the DSN.',
    );
  }
  return failed(
    'transient',
    'DATABASE_UNREACHABLE',
    'the database does not answer',
    'Check that it runs (fraudctl local status, fraudctl db status) and that the network allows it.',
  );
}
