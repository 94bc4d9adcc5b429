import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindArguments } from '../../../lib/queries/bind-arguments.ts';
import { parseQueryFile } from '../../../lib/queries/query-definition.ts';
import { findQuery, listQueries } from '../../../lib/queries/registry.ts';
import { sampleTimes } from '../../../lib/queries/sample-times.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';

function refused(code: string, told: RegExp) {
  return (error: unknown) => {
    assert.ok(isPlatformError(error), String(error));
    assert.equal(error.failure.code, code);
    assert.match(`${error.failure.where} ${error.failure.message} ${error.failure.remedy}`, told);
    return true;
  };
}

const header = `purpose: Counts what is there.
parameters:
  run_id: { type: run-id, about: run scope }
  limit: { type: integer, minimum: 1, maximum: 9, default: "3", about: how many }
row_cap: 10
byte_cap: 1000
timeout_seconds: 5`;
const fileOf = (text: string) => `/*\n${text}\n*/\nselect 1\n`;

test('the registry has the queries that questions of a burst need, and each says what it answers', async () => {
  const queries = await listQueries();
  assert.deepEqual(
    queries.map(({ name }) => name),
    [
      'checkpoint_progress',
      'duplicates_top',
      'lane_counts',
      'receipts_by_minute',
      'receipts_window',
      'schema_status',
    ],
  );
  assert.equal(new Set(queries.map(({ sha256 }) => sha256)).size, queries.length);
});

test('an unknown name is refused with those there are, also one that is a path', async () => {
  for (const name of ['nobody', '../environments/prod', 'schema_status.sql', '', 'Schema_Status']) {
    await assert.rejects(findQuery(name), refused('QUERY_UNKNOWN', /schema_status/));
  }
});

test('a digest is of the whole file: a changed comment is another query', () => {
  const one = parseQueryFile('one', fileOf(header), 'one.sql');
  const other = parseQueryFile('one', fileOf(header).replace('select 1', 'select 1 -- same'), 'one.sql');
  assert.notEqual(one.sha256, other.sha256);
});

const badFiles: readonly (readonly [what: string, text: string, told: RegExp])[] = [
  ['no header', 'select 1', /does not begin with a header/],
  ['a header that does not end', `/*\n${header}\nselect 1`, /does not begin with a header/],
  ['no YAML', fileOf('purpose: [unclosed'), /one\.sql/],
  ['an unknown key', fileOf(`${header}\ncache: true`), /cache/],
  ['a key twice', fileOf(`${header}\nrow_cap: 4`), /unique/i],
  ['no cap', fileOf(header.replace('row_cap: 10\n', '')), /row_cap/],
  ['a cap of 0', fileOf(header.replace('row_cap: 10', 'row_cap: 0')), /row_cap/],
  ['no timeout', fileOf(header.replace('timeout_seconds: 5', '')), /timeout_seconds/],
  ['an hour', fileOf(header.replace('timeout_seconds: 5', 'timeout_seconds: 3600')), /timeout_seconds/],
  ['an unknown type', fileOf(header.replace('run-id', 'uuid')), /parameters\.run_id/],
  ['a name in capitals', fileOf(header.replace('run_id:', 'RunId:')), /parameters/],
];
for (const [what, text, told] of badFiles) {
  test(`a query file is refused: ${what}`, () => {
    assert.throws(() => parseQueryFile('one', text, 'one.sql'), refused('QUERY_FILE_INVALID', told));
  });
}

const query = parseQueryFile('one', fileOf(header), 'one.sql');
const run_id = 'platform_20260221T060431Z';

test('values stand in the order of the header, defaults filled in', () => {
  assert.deepEqual(bindArguments(query, { run_id }), [run_id, '3']);
  assert.deepEqual(bindArguments(query, { limit: '9', run_id }), [run_id, '9']);
});

const badArguments: readonly (readonly [Record<string, string>, string, RegExp])[] = [
  [{}, 'ARGUMENT_MISSING', /run_id/],
  [{ run_id, nobody: '1' }, 'ARGUMENT_UNKNOWN', /nobody.*run_id, limit/],
  [{ run_id: 'platform_1' }, 'ARGUMENT_INVALID', /run_id.*platform_20260221T060431Z/],
  [{ run_id: `${run_id}' or '1'='1` }, 'ARGUMENT_INVALID', /run_id/],
  [{ run_id: `${run_id}\0` }, 'ARGUMENT_INVALID', /NUL/],
  [{ run_id: '\ud800' }, 'ARGUMENT_INVALID', /Unicode/],
  [{ run_id, limit: '0' }, 'ARGUMENT_INVALID', /from 1 to 9/],
  [{ run_id, limit: '10' }, 'ARGUMENT_INVALID', /from 1 to 9/],
  [{ run_id, limit: '1.5' }, 'ARGUMENT_INVALID', /whole number/],
  [{ run_id, limit: '1e0' }, 'ARGUMENT_INVALID', /whole number/],
  [{ run_id, limit: ' 1' }, 'ARGUMENT_INVALID', /whole number/],
  [{ run_id, limit: '' }, 'ARGUMENT_INVALID', /whole number/],
];
for (const [given, code, told] of badArguments) {
  test(`arguments are refused: ${JSON.stringify(given)}`, () => {
    assert.throws(() => bindArguments(query, given), refused(code, told));
  });
}

test('instants are UTC and real', () => {
  const window = parseQueryFile(
    'window',
    fileOf(
      header.replace(
        'limit: { type: integer, minimum: 1, maximum: 9, default: "3",',
        'from: { type: instant,',
      ),
    ),
    'window.sql',
  );
  for (const from of ['2026-02-21T02:12:59Z', '2026-02-21T02:12:59.915000Z', '2026-02-21T02:12:59.9+00:00']) {
    assert.deepEqual(bindArguments(window, { run_id, from }), [run_id, from]);
  }
  for (const from of [
    '2026-02-21',
    '2026-02-21T02:12:59',
    '2026-02-21T02:12:59+01:00',
    '2026-13-01T00:00:00Z',
    'now',
  ]) {
    assert.throws(
      () => bindArguments(window, { run_id, from }),
      refused('ARGUMENT_INVALID', /instant in UTC/),
    );
  }
});

test('a watch asks at once, at every interval, and at the very end', () => {
  assert.deepEqual(sampleTimes(30_000, 60_000), [0, 30_000, 60_000]);
  assert.deepEqual(sampleTimes(30_000, 70_000), [0, 30_000, 60_000, 70_000]);
  for (const [every, duration] of [
    [500, 10_000],
    [30_000, 20_000],
    [1_000, 11_000_000],
    [0, 1_000],
  ] as const) {
    assert.throws(() => sampleTimes(every, duration), refused('WATCH_INVALID', /--watch/));
  }
});
