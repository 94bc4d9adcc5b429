/** SQL that wants more than to read: what it tries, the text, and what PostgreSQL's grammar makes of it. */
export type QueryAttack = {
  readonly what: string;
  readonly sql: string;
  /** How the parser's judge refuses it: as not permitted, or as no SQL. */
  readonly judged: 'AD_HOC_REFUSED' | 'AD_HOC_SYNTAX';
};

const attack = (what: string, sql: string): QueryAttack => ({ what, sql, judged: 'AD_HOC_REFUSED' });
const noSql = (what: string, sql: string): QueryAttack => ({ what, sql, judged: 'AD_HOC_SYNTAX' });

const insert = `insert into ingest.run_scopes (run_id) values ('attack')`;

export const queryAttacks: readonly QueryAttack[] = [
  attack('a second statement', `select 1; ${insert}`),
  attack('a second statement behind a comment', `select 1; /* nothing */ ${insert} -- `),
  attack('COMMIT, then writing', `commit; ${insert}`),
  attack('COMMIT alone', 'commit'),
  attack('ROLLBACK and a writable transaction', `rollback; begin read write; ${insert}; commit`),
  attack('nothing but a comment', '-- nothing'),
  attack('nothing at all', ' ;; '),
  attack('INSERT', insert),
  attack('UPDATE', `update ingest.checkpoints set frontier = 0`),
  attack('DELETE', 'delete from ingest.admissions'),
  attack('MERGE', `merge into ingest.checkpoints c using (values (1)) v(x) on true when matched then delete`),
  attack('TRUNCATE', 'truncate ingest.admissions'),
  attack('a CTE that inserts', `with w as (${insert} returning run_id) select * from w`),
  attack(
    'a CTE that deletes',
    'with w as (delete from ingest.admissions returning *) select count(*) from w',
  ),
  attack(
    'a CTE within a CTE that updates',
    `with a as (with b as (update ingest.checkpoints set frontier = 0 returning 1) select * from b) select * from a`,
  ),
  attack('SELECT INTO', 'select 1 as x into ingest.stolen'),
  attack('SELECT INTO TEMP', 'select 1 as x into temp stolen'),
  attack('CREATE TABLE AS', 'create table ingest.stolen as select 1'),
  attack('a temporary table', 'create temp table mine (x int)'),
  attack('a temporary view', 'create temp view mine as select 1'),
  attack('a function', `create function f() returns int language sql as 'select 1'`),
  attack('DO', `do $$ begin perform 1; end $$`),
  attack('CALL', 'call anything()'),
  attack('COPY to a program', `copy (select 1) to program 'id'`),
  attack('COPY to a file', `copy (select 1) to '/tmp/stolen'`),
  attack('COPY from a file', `copy ingest.run_scopes from '/etc/passwd'`),
  attack('SET ROLE', 'set role fraud_master'),
  attack('SET SESSION AUTHORIZATION', 'set session authorization fraud_master'),
  attack('a longer timeout by SET', `set statement_timeout = 0`),
  attack('a longer timeout by set_config', `select set_config('statement_timeout', '0', false)`),
  attack('a writable transaction by set_config', `select set_config('transaction_read_only', 'off', true)`),
  attack('RESET', 'reset all'),
  attack('GRANT', 'grant all on all tables in schema ingest to public'),
  attack('ALTER ROLE', `alter role current_user with superuser`),
  attack('LOCK', 'lock table ingest.admissions in access exclusive mode'),
  attack('FOR UPDATE', 'select * from ingest.checkpoints for update'),
  attack('FOR KEY SHARE in a subquery', 'select * from (select * from ingest.run_scopes for key share) s'),
  attack('an advisory lock', 'select pg_advisory_lock(1)'),
  attack('an advisory lock in a CASE', 'select case when true then pg_try_advisory_lock(1) end'),
  attack('sleeping', 'select pg_sleep(3600)'),
  attack('sleeping by its full name', 'select pg_catalog.pg_sleep(3600)'),
  attack('sleeping in ORDER BY', 'select 1 order by pg_sleep(3600)'),
  attack(
    'sleeping in a lateral join',
    'select * from generate_series(1, 10) g, lateral (select pg_sleep(3600)) s',
  ),
  attack('a quoted name', 'select "pg_sleep"(3600)'),
  attack('a name in Unicode escapes', String.raw`select U&"\0070g_sleep"(3600)`),
  attack('reading a file', `select pg_read_file('/etc/passwd')`),
  attack('listing a folder', `select * from pg_ls_dir('/')`),
  attack('a large object', `select lo_import('/etc/passwd')`),
  attack('a sequence', `select nextval('ingest.rejections_rejection_id_seq')`),
  attack('SQL out of text', `select query_to_xml('select pg_sleep(3600)', true, true, '')`),
  attack('the whole database out of text', `select database_to_xml(true, true, '')`),
  attack('ending others', 'select pg_terminate_backend(pid) from pg_stat_activity'),
  attack('cancelling others', 'select pg_cancel_backend(pid) from pg_stat_activity'),
  attack('NOTIFY', `notify channel, 'payload'`),
  attack('NOTIFY by function', `select pg_notify('channel', 'payload')`),
  attack('LISTEN', 'listen channel'),
  attack('PREPARE', 'prepare p as select 1'),
  attack('EXECUTE', 'execute p'),
  attack('DECLARE CURSOR', 'declare c cursor with hold for select 1'),
  attack('EXPLAIN ANALYZE of a write', `explain analyze ${insert}`),
  attack('VACUUM', 'vacuum ingest.admissions'),
  attack('CHECKPOINT', 'checkpoint'),
  attack('a text without end', `select repeat('x', 1000000000)`),
  attack('a NUL that hides the rest', `select 1 \0; ${insert}`),
  attack('a placeholder', 'select $1::text'),
  attack('a function of another schema', 'select ingest.count(1)'),
  attack('sleeping by attribute notation', 'select (0.5::float8).pg_sleep'),
  attack(
    'the lock of migrate by attribute notation',
    'select (7026401984502136001::bigint).pg_advisory_lock',
  ),
  attack(
    'SQL out of text by attribute notation',
    `select ('select query from pg_stat_activity'::text).ts_stat`,
  ),
  attack('attribute notation in a chain', `select (row(0.5::float8)).f1.pg_sleep`),
  attack(
    'attribute notation behind a subscript',
    'select a[1].pg_sleep from (select array[0.5::float8] as a) s',
  ),
  attack('attribute notation of a subquery', 'select 1 order by (select 0.5::float8).pg_sleep'),
  attack('a whole function in FROM', 'select g.pg_sleep from generate_series(1, 1) g'),
  attack('a whole function in FROM by its own name', 'select unnest.pg_ls_dir from unnest(array[$$.$$])'),
  attack(
    'a whole function in FROM whose column has a name',
    'select g.pg_advisory_lock from generate_series(7026401984502136001, 7026401984502136001) g(x)',
  ),
  attack(
    'a whole function in FROM named as what it calls',
    `select pg_ls_dir.pg_ls_dir from jsonb_array_elements_text('["."]') pg_ls_dir`,
  ),
  attack(
    'a whole function in FROM beside one with such a column',
    'select g.pg_sleep, (select max(g.pg_sleep) from unnest(array[1]) g(pg_sleep)) from generate_series(1, 1) g',
  ),
  attack('ROWS FROM one function, whole', 'select g.pg_sleep from rows from (generate_series(1, 1)) g'),
  attack(
    'a function that a lateral subquery takes whole',
    'select * from generate_series(1, 1) g, lateral (select g.pg_sleep) s',
  ),
  attack('a cast in FROM, whole', 'select c.pg_sleep from cast(0.5 as float8) c'),
  attack('a cast in FROM by the name of its type', 'select float8.pg_sleep from cast(0.5 as float8)'),
  attack(
    'sleeping as the default of a column of XML',
    `select * from xmltable('/a' passing ('<a/>'::xml) columns b text path 'b' default pg_sleep(0.5)::text)`,
  ),
  attack(
    'sleeping as the default of a column of JSON',
    `select * from json_table('{}'::jsonb, '$' columns (b text path '$.b' default pg_sleep(0.5)::text on empty))`,
  ),
  attack(
    'sleeping in the order within a group',
    'select percentile_cont(0.5) within group (order by length(pg_sleep(0.5)::text))',
  ),
  attack('sleeping as a type to treat as', 'select treat(0.5 as pg_sleep)'),
  attack('sleeping as a sample', 'select * from pg_class tablesample system (length(pg_sleep(0.5)::text))'),
  noSql('an open quote', `select 'x`),
  noSql('a word too few', 'selec 1'),
  noSql('a psql command', String.raw`\! id`),
  noSql('an open comment', 'select 1 /* '),
];
