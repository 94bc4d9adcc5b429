import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeAdHoc } from '../../../lib/queries/judge-ad-hoc.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { queryAttacks } from '../../support/query-attacks.ts';

const lawful = [
  'select 1',
  'select 1;',
  'table ingest.receipts',
  'values (1, 2), (3, 4)',
  `select decision, count(*) from ingest.receipts where run_id = 'x; drop table y' group by 1 order by 2 desc limit 5`,
  `select 'ERROR: syntax error' as said -- a comment; with a semicolon`,
  'with a as (select 1 as x), b as (select x + 1 as y from a) select * from a, b',
  'with recursive n as (select 1 as i union all select i + 1 from n where i < 5) select sum(i) from n',
  'select row_number() over (partition by decision order by decided_at) from ingest.receipts',
  `select coalesce(nullif(a, ''), 'x'), greatest(1, 2), extract(epoch from now()), a::text, current_user from (values ('')) v(a)`,
  `select date_trunc('hour', decided_at) at time zone 'UTC', count(*) filter (where decision = 'ADMIT') from ingest.receipts group by 1`,
  `select percentile_cont(0.99) within group (order by x) from generate_series(1, 10) x`,
  'select exists (select from ingest.run_scopes), array(select 1), case when true then 1 end',
  `select e.key, e.value, g.x, u.ordinality from jsonb_each('{}') e, generate_series(1, 2) g(x), unnest(array[1]) with ordinality u`,
  'select a.payload[1], (array[1, 2])[2], r.run_id, ingest.receipts.reason from ingest.receipts r, ingest.receipts, (select array[1] as payload) a',
  'select (r).* from ingest.receipts r',
  'select * from ingest.admissions a full join ingest.rejections r using (run_id) where a.event_id like $$x%$$',
];
for (const sql of lawful) {
  test(`one plain SELECT: ${sql.slice(0, 70)}`, async () => {
    await judgeAdHoc(sql, 'sql');
  });
}

const nested: readonly (readonly [what: string, sql: string])[] = [
  ['a sum of 3,000 terms', `select 1${'+1'.repeat(2_999)}`],
  ['700 subqueries in each other', `select ${'(select '.repeat(700)}1${')'.repeat(700)}`],
  ['a deep argument in FROM', `select g.x from generate_series(1, 1${'+1'.repeat(2_999)}) g(x)`],
];
for (const [what, sql] of nested) {
  test(`one plain SELECT, however deep it nests: ${what}`, async () => {
    await judgeAdHoc(sql, 'sql');
  });
}

test('nesting deeper than the parser can write down is refused', async () => {
  await assert.rejects(judgeAdHoc(`select 1${'+1'.repeat(20_000)}`, 'sql'), (error) => {
    assert.ok(isPlatformError(error), String(error));
    assert.equal(error.failure.code, 'AD_HOC_REFUSED');
    assert.match(error.failure.message, /nesting too deep/);
    return true;
  });
});

test('what hides in the depth is found', async () => {
  const hidden = [
    `select ${'(select '.repeat(700)}pg_sleep(1)${')'.repeat(700)}`,
    `select 1${'+1'.repeat(2_999)}+pg_sleep(1)`,
  ];
  for (const sql of hidden) {
    await assert.rejects(
      judgeAdHoc(sql, 'sql'),
      (error) => isPlatformError(error) && /function pg_sleep/.test(error.failure.message),
    );
  }
});

for (const { what, sql, judged } of queryAttacks) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(judgeAdHoc(sql, 'sql'), (error) => {
      assert.ok(isPlatformError(error), String(error));
      assert.equal(error.failure.code, judged, error.failure.message);
      return true;
    });
  });
}
