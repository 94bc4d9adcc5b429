import { cancelOnAbort, type DatabaseClient, withConnection } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import { readCursor } from '../../lib/database/read-cursor.ts';
import type { QueryArguments } from '../../lib/queries/bind-arguments.ts';
import { exactValue } from '../../lib/queries/exact-value.ts';
import type { QueryBounds } from '../../lib/queries/query-definition.ts';
import type { QueryResult } from '../../lib/queries/query-result.ts';
import type { TaskContext } from '../../lib/runtime/task-program.ts';
import type { queryContract } from '../../lib/task-contracts/query.ts';
import { failureOfQuery } from './failure-of-query.ts';

export type Question = {
  /** Null for ad-hoc SQL. */
  readonly name: string | null;
  readonly sql: string;
  readonly sha256: QueryResult['query_sha256'];
  readonly arguments: QueryArguments;
  /** Of the placeholders, in order. */
  readonly values: readonly string[];
  readonly bounds: QueryBounds;
};

type Answer = Omit<QueryResult, 'schema' | 'query' | 'sql' | 'query_sha256' | 'arguments'>;

/**
 * One statement in a read-only, repeatable-read transaction of the query role. Bounded by the server's own
 * timeout, by the client's, and by the launch: a launch that ends cancels the statement on the server.
 * Throws what `failureOfQuery` makes of errors.
 */
export async function askDatabase(
  context: TaskContext<typeof queryContract>,
  question: Question,
): Promise<Answer> {
  const { row_cap, byte_cap, timeout_seconds } = question.bounds;
  const wish = {
    dsn: parseDsn(context.secrets.DATABASE_DSN ?? '', 'DATABASE_DSN'),
    authorities: context.databaseAuthorities ?? '',
    applicationName: `query ${context.launch.executionId}`,
    statementTimeoutMillis: timeout_seconds * 1_000,
  };
  return await withConnection(wish, (client) =>
    cancelOnAbort(wish, client, context.signal, async () => {
      try {
        await client.query('begin transaction isolation level repeatable read, read only');
        const seen = await snapshotOf(client);
        const { columns, rows } = await readCursor(client, question.sql, question.values, {
          rows: row_cap,
          bytes: byte_cap,
        });
        const types = await typeNames(client, [...new Set(columns.map(({ type }) => type))]);
        await client.query('commit');
        return {
          ...seen,
          isolation: 'repeatable read, read only' as const,
          columns: columns.map(({ name, type }) => ({ name, type: types.get(type) ?? String(type) })),
          row_count: rows.length,
          rows: rows.map((row) =>
            row.map((value, column) => {
              const exact = exactValue(value, columns[column]?.type ?? 0);
              return typeof exact === 'object' && exact !== null ? String(exact) : exact;
            }),
          ),
        };
      } catch (error) {
        throw failureOfQuery(error, question.name ?? 'sql', timeout_seconds);
      }
    }),
  );
}

async function snapshotOf(
  client: DatabaseClient,
): Promise<Pick<Answer, 'snapshot' | 'taken_at' | 'server_version' | 'role'>> {
  const { rows } = await client.query<{ snapshot: string; taken_at: string; version: string; role: string }>(
    `select pg_current_snapshot()::text as snapshot, session_user::text as role,
            current_setting('server_version') as version,
            to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as taken_at`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the server told no snapshot');
  return { snapshot: row.snapshot, taken_at: row.taken_at, server_version: row.version, role: row.role };
}

async function typeNames(
  client: DatabaseClient,
  types: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ oid: number; name: string }>(
    'select oid::int, format_type(oid, null) as name from pg_type where oid = any($1::oid[])',
    [types],
  );
  return new Map(rows.map(({ oid, name }) => [oid, name]));
}
