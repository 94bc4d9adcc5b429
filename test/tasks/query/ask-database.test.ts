import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionWish, connect, type DatabaseClient } from '../../../lib/database/connect.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { harmlessFunctions } from '../../../lib/queries/harmless-functions.ts';
import type { QueryBounds } from '../../../lib/queries/query-definition.ts';
import { findQuery, listQueries } from '../../../lib/queries/registry.ts';
import { failureOf, isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { askDatabase } from '../../../tasks/query/ask-database.ts';
import { createTestEnvironment, type TestEnvironment } from '../../support/local-environment.ts';
import { queryAttacks } from '../../support/query-attacks.ts';
import { databaseWish, queryContext, superuserWish } from '../../support/query-context.ts';

let environment: TestEnvironment;
let superuser: DatabaseClient & { end: () => Promise<void> };
let wish: ConnectionWish;
before(async () => {
  environment = await createTestEnvironment();
  const up = await environment.fraudctl('local', 'up');
  assert.equal(up.exitCode, 0, up.stderr);
  superuser = await connect(await superuserWish(environment));
  wish = await databaseWish(environment, 'query');
});
after(async () => {
  await superuser.end();
  await environment.close();
});

const bounds: QueryBounds = { row_cap: 1_000, byte_cap: 100_000, timeout_seconds: 0.3 };

function ask(
  sql: string,
  change: Partial<QueryBounds> = {},
  values: readonly string[] = [],
  signal?: AbortSignal,
) {
  return askDatabase(queryContext(wish, signal), {
    name: null,
    sql,
    sha256: sha256Of(sql),
    arguments: {},
    values,
    bounds: { ...bounds, ...change },
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => assert.fail('it was answered'),
    (thrown: unknown) => thrown,
  );
  assert.ok(isPlatformError(error), String(error));
  return failureOf(error).code;
}

/** Sessions of the query role that do anything now. */
async function busySessions(): Promise<number> {
  const { rows } = await superuser.query<{ busy: number }>(
    `select count(*)::int as busy from pg_stat_activity where usename = 'fraud_query' and state <> 'idle'`,
  );
  return rows[0]?.busy ?? -1;
}

async function contentOfDatabase(): Promise<string> {
  const { rows } = await superuser.query(
    `select (select count(*) from ingest.run_scopes) as scopes, (select count(*) from ingest.admissions) as admissions,
            (select count(*) from ingest.checkpoints) as checkpoints,
            (select count(*) from pg_class) as relations, (select count(*) from pg_proc) as functions,
            (select array_agg(rolname || rolsuper order by 1) from pg_roles) as roles,
            (select array_agg(relacl::text order by relname) from pg_class where relnamespace = 'ingest'::regnamespace) as grants`,
  );
  return JSON.stringify(rows);
}

for (const { what, sql } of queryAttacks) {
  // What the parser refuses is asked all the same: the database is a wall of its own.
  test(`the database holds without the parser: ${what}`, { timeout: 20_000 }, async () => {
    const before = await contentOfDatabase();
    const began = performance.now();
    await ask(sql).then(
      // Some only read what the role may see, or end within their statement.
      () => undefined,
      (error: unknown) => assert.ok(isPlatformError(error), String(error)),
    );
    assert.ok(performance.now() - began < 8_000, 'it does not outlive its timeout');
    assert.equal(await contentOfDatabase(), before);
    for (let wait = 0; (await busySessions()) > 0; wait += 1) {
      assert.ok(wait < 40, 'nothing goes on at the server');
      await delay(50);
    }
  });
}

test('the role: no write, no temporary table, no role of another, no superuser', async () => {
  const { rows } = await superuser.query(
    `select has_database_privilege('fraud_query', current_database(), 'temp') as temp,
            has_database_privilege('fraud_query', current_database(), 'create') as creates,
            (select bool_or(has_table_privilege('fraud_query', c.oid, 'insert, update, delete, truncate, trigger'))
               from pg_class c join pg_namespace n on n.oid = relnamespace
              where n.nspname in ('ingest', 'platform') and relkind in ('r', 'v')) as writes,
            (select count(*)::int from pg_auth_members where member = 'fraud_query'::regrole) as memberships`,
  );
  assert.deepEqual(rows[0], { temp: false, creates: false, writes: false, memberships: 0 });
});

test('what may be called on a row by its attribute notation only shows it, and no operator has an effect', async () => {
  const { rows } = await superuser.query<{ name: string }>(
    `select distinct proname as name from pg_proc p join pg_type t on t.oid = p.proargtypes[0]
      where pronargs >= 1 and pronargs - pronargdefaults <= 1 and prokind = 'f'
        and (typtype = 'c' or typname in ('record', 'any', 'anyelement', 'anynonarray', 'anycompatible', 'anycompatiblenonarray'))
        and proname not like '%\\_out' order by 1`,
  );
  const reviewed = [
    ...['hash_record', 'pg_collation_for', 'pg_column_compression', 'pg_column_size'],
    ...['pg_column_toast_chunk_id', 'quote_literal', 'quote_nullable', 'record_send'],
  ];
  const unlisted = rows.map(({ name }) => name).filter((name) => !harmlessFunctions.has(name));
  assert.deepEqual(unlisted, reviewed);
  const { rows: others } = await superuser.query(
    `select proname from pg_proc where proname in ('key', 'value', 'ordinality')
     union all select oprname from pg_operator o join pg_proc p on p.oid = oprcode where provolatile = 'v'
     union all select typname from pg_type y join pg_proc p on p.oid = typinput where provolatile = 'v'
     union all select proname from pg_cast join pg_proc p on p.oid = castfunc where provolatile = 'v'`,
  );
  assert.deepEqual(others, []);
});

test('one statement, whatever it tries: what it was refused for is told', async () => {
  assert.equal(await codeOf(ask('select 1; select 2')), 'QUERY_INVALID');
  assert.equal(await codeOf(ask('select * from nowhere')), 'QUERY_INVALID');
  assert.equal(await codeOf(ask('select 1 / 0')), 'QUERY_INVALID');
  assert.equal(await codeOf(ask('delete from ingest.admissions')), 'QUERY_NOT_PERMITTED');
  assert.equal(await codeOf(ask(`select pg_read_file('/etc/passwd')`)), 'QUERY_NOT_PERMITTED');
  assert.equal(await codeOf(ask('create temp table mine (x int)')), 'QUERY_NOT_PERMITTED');
  assert.equal(await codeOf(ask('select passwd from pg_shadow')), 'QUERY_NOT_PERMITTED');
});

test('the server cancels what takes too long, also where it never yields a row', async () => {
  assert.equal(await codeOf(ask('select pg_sleep(60)')), 'QUERY_TIMEOUT');
  assert.equal(await codeOf(ask('select count(*) from generate_series(1, 1e12)')), 'QUERY_TIMEOUT');
  assert.equal(await busySessions(), 0);
});

test('caps are errors that name the cap, at one more than it; memory stays small', async () => {
  assert.equal((await ask('select generate_series(1, 1000)')).row_count, 1_000);
  assert.equal(await codeOf(ask('select generate_series(1, 1001)')), 'QUERY_ROW_CAP');
  assert.equal((await ask(`select rpad('x', 100000, 'x')`)).row_count, 1);
  assert.equal(await codeOf(ask(`select rpad('x', 100001, 'x')`)), 'QUERY_BYTE_CAP');
  const before = process.memoryUsage().rss;
  assert.equal(
    await codeOf(
      ask(`select rpad('x', 10000, 'x') from generate_series(1, 1000000)`, { timeout_seconds: 10 }),
    ),
    'QUERY_BYTE_CAP',
  );
  // One value of 160 MB: the row that it is in never comes to its end here.
  const oneValue = `select string_agg(rpad('x', 1000000, 'x'), '') from generate_series(1, 160)`;
  assert.equal(await codeOf(ask(oneValue, { timeout_seconds: 20 })), 'QUERY_BYTE_CAP');
  assert.ok(process.memoryUsage().rss - before < 120_000_000);
  for (let wait = 0; (await busySessions()) > 0; wait += 1) {
    assert.ok(wait < 40, 'nothing goes on at the server');
    await delay(50);
  }
});

test('a launch that ends cancels its statement at the server', async () => {
  const controller = new AbortController();
  const asked = ask('select pg_sleep(30)', { timeout_seconds: 30 }, [], controller.signal);
  for (let wait = 0; (await busySessions()) === 0; wait += 1) {
    assert.ok(wait < 100, 'it runs');
    await delay(20);
  }
  controller.abort('stop-requested');
  await assert.rejects(asked, (error) => error === 'stop-requested');
  for (let wait = 0; (await busySessions()) > 0; wait += 1) {
    assert.ok(wait < 40);
    await delay(50);
  }
});

test('a session that the server ends is no answer: it may be asked again', async () => {
  const asked = ask('select pg_sleep(30)', { timeout_seconds: 30 });
  for (let wait = 0; (await busySessions()) === 0; wait += 1) {
    assert.ok(wait < 100, 'it runs');
    await delay(20);
  }
  await Promise.all([
    assert.rejects(asked, (error) => {
      assert.ok(isPlatformError(error), String(error));
      assert.deepEqual([error.failure.code, error.failure.exit], ['QUERY_INTERRUPTED', 'transient']);
      return true;
    }),
    superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'fraud_query'`),
  ]);
});

test('values travel apart from the text: quotes, backslashes and percent signs are values', async () => {
  const texts = [`x'; drop table ingest.admissions; --`, `\\'; select 1`, '%s %d $1 :x', '\u2028 😀', ''];
  for (const text of texts) {
    const { rows } = await ask('select $1::text as said, length($1::text) as long', {}, [text]);
    assert.equal(rows[0]?.[0], text);
  }
  assert.equal(await codeOf(ask('select $1::text', {}, ['a\0b'])), 'QUERY_INVALID');
});

test('exact values of a real server, with the names of their types, and which snapshot they are of', async () => {
  const answer =
    await ask(`select 9223372036854775807 as big, 0.1::numeric(38, 18) as exact, 0.1::float8 as near,
    timestamptz '2026-02-21 02:12:59.915+01' as at, 'infinity'::timestamptz as never, null::text as none,
    true as yes, array[1, 2] as list, '{"a": 1.10}'::jsonb as document, 1::int2 as small`);
  assert.deepEqual(answer.rows, [
    [
      '9223372036854775807',
      '0.100000000000000000',
      0.1,
      '2026-02-21T01:12:59.915000Z',
      'infinity',
      null,
      true,
      '{1,2}',
      '{"a": 1.10}',
      1,
    ],
  ]);
  assert.deepEqual(
    answer.columns.map(({ type }) => type),
    [
      'bigint',
      'numeric',
      'double precision',
      'timestamp with time zone',
      'timestamp with time zone',
      'text',
      'boolean',
      'integer[]',
      'jsonb',
      'smallint',
    ],
  );
  assert.match(answer.snapshot, /^\d+:\d+:/);
  assert.equal(answer.role, 'fraud_query');
  assert.match(answer.server_version, /^17\./);
  assert.equal(answer.isolation, 'repeatable read, read only');
});

const run = 'platform_20260221T060431Z';
test('every query of the registry is one statement that this schema answers', async () => {
  for (const query of await listQueries()) {
    const values = Object.values(query.parameters).map(({ type }) =>
      type === 'run-id' ? run : type === 'instant' ? '2026-02-21T06:06:00Z' : '5',
    );
    const answer = await askDatabase(queryContext(wish), {
      name: query.name,
      sql: query.sql,
      sha256: query.sha256,
      arguments: {},
      values,
      bounds: query,
    });
    assert.ok(answer.columns.length > 1, query.name);
  }
});

test('what the registry answers is what the tables hold', async () => {
  const other = 'platform_20260221T060432Z';
  await superuser.query(
    `insert into ingest.run_scopes (run_id, execution_id, source_sha256, manifest_fingerprint, parameter_hash,
       scenario_id, window_start, window_end)
     select id, 'burst_20260221T060431Z', repeat('f', 64), repeat('a', 64), repeat('b', 64), 'baseline_v1',
       '2026-01-01', '2026-04-01' from unnest(array[$1, $2]) id`,
    [run, other],
  );
  // Two lanes; ids that are hashes go by their digits.
  await superuser.query(
    `insert into ingest.checkpoints (run_id, lane, lanes, source_sha256, frontier, epoch, launch_key)
     select $1, lane, 2, repeat('f', 64), 10 + lane, 1, 'k' from generate_series(0, 1) lane`,
    [run],
  );
  await superuser.query(
    `insert into ingest.admissions (run_id, event_class, event_id, payload_sha256, ts_utc, decided_at)
     select id, 'arrival', lpad(to_hex(event), 8, '0') || repeat('0', 56), '\\x00', now(),
       timestamptz '2026-02-21 06:06:00+00' + event * interval '20 seconds'
     from unnest(array[$1, $2]) id, generate_series(0, 9) event`,
    [run, other],
  );
  await superuser.query(
    `insert into ingest.rejections (run_id, event_class, event_id, decision, reason, decided_at)
     select $1, 'arrival', lpad(to_hex(event % 2), 8, '0') || repeat('0', 56), 'DUPLICATE', 'ALREADY_ADMITTED',
       timestamptz '2026-02-21 06:07:00+00' + event * interval '1 second'
     from generate_series(0, 4) event`,
    [run],
  );
  await superuser.query(
    `insert into ingest.rejections (run_id, event_class, event_id, decision, reason, decided_at)
     values ($1, 'arrival', 'another', 'QUARANTINE', 'MALFORMED', '2026-02-21 06:08:00+00')`,
    [run],
  );
  const registry = async (name: string, values: readonly string[]) => {
    const { sql, row_cap, byte_cap, timeout_seconds } = await findQuery(name);
    return (await ask(sql, { row_cap, byte_cap, timeout_seconds }, values)).rows;
  };
  // [06:06:00, 06:09:00) holds the events at 0 … 160 s, not the one at 180 s.
  const window = [run, '2026-02-21T06:06:00Z', '2026-02-21T06:09:00Z'];
  const decisions = await registry('receipts_window', window);
  assert.deepEqual(
    decisions.map(([decision, receipts, events]) => [decision, receipts, events]),
    [
      ['ADMIT', '9', '9'],
      ['DUPLICATE', '5', '2'],
      ['QUARANTINE', '1', '1'],
    ],
  );
  assert.deepEqual(decisions[0]?.slice(3), ['2026-02-21T06:06:00.000000Z', '2026-02-21T06:08:40.000000Z']);
  assert.deepEqual(await registry('receipts_by_minute', window), [
    ['2026-02-21T06:06:00.000000Z', '3', '0', '0'],
    ['2026-02-21T06:07:00.000000Z', '3', '5', '0'],
    ['2026-02-21T06:08:00.000000Z', '3', '0', '1'],
  ]);
  const top = await registry('duplicates_top', [run, '1']);
  assert.deepEqual(
    top.map(([, id, count]) => [id, count]),
    [['0'.repeat(64), '3']],
  );
  const lanes = await registry('lane_counts', [run]);
  const quarantinedIn = Number(BigInt(`0x${sha256Of('another').slice(0, 8)}`) % 2n);
  assert.deepEqual(lanes, [
    [0, '10', '1', '5', '3', quarantinedIn === 0 ? '1' : '0'],
    [1, '11', '1', '5', '2', quarantinedIn === 1 ? '1' : '0'],
  ]);
  const progress = await registry('checkpoint_progress', [run]);
  assert.deepEqual(
    progress.map(([lane, of, frontier]) => [lane, of, frontier]),
    [
      [0, 2, '10'],
      [1, 2, '11'],
    ],
  );
});
