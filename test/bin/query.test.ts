import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask as askInProcess } from '../../bin/commands/ask.ts';
import { parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { queryResultSchema } from '../../lib/queries/query-result.ts';
import { findQuery } from '../../lib/queries/registry.ts';
import { launchResultSchema } from '../../lib/runtime/result.ts';
import { queryContract } from '../../lib/task-contracts/query.ts';
import { isPlatformError } from '../../lib/vocabulary/failure.ts';
import { inProcess } from '../support/in-process.ts';
import { launchVariablesOf, sampleExecution } from '../support/launch-environment.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';
import { runMain } from '../support/run-main.ts';

let environment: TestEnvironment;
let folder: string;
before(async () => {
  environment = await createTestEnvironment();
  folder = await mkdtemp(join(tmpdir(), 'query-'));
});
after(async () => {
  await environment.close();
  await rm(folder, { recursive: true, force: true });
});

const run = 'platform_20260221T060431Z';
const ask = (...parameters: string[]) => environment.fraudctl('query', ...parameters);
const window = [
  'receipts_window',
  '--param',
  `run_id=${run}`,
  '--param',
  'from=2026-02-21T06:06:00Z',
  '--param',
  'to=2026-02-21T06:24:00Z',
];

test('the registry is listed, with what each query takes', async () => {
  const listed = await ask('list');
  assert.equal(listed.exitCode, 0, listed.stderr);
  assert.match(listed.stdout, /receipts_window +run_id from to +3 rows, 30 s +What the database received/);
  assert.match(listed.stdout, /duplicates_top +run_id \[limit=20\] +1,000 rows, 30 s/);
});

test('an answer: the table alone on standard output, whole and proven in evidence, the run’s own', async () => {
  const asked = await ask(...window);
  assert.equal(asked.exitCode, 0, asked.stderr);
  assert.deepEqual(asked.stdout.split('\n').slice(0, 4), [
    'DECISION    RECEIPTS  EVENTS  FIRST_DECIDED_AT  LAST_DECIDED_AT',
    'ADMIT              0       0  ∅                 ∅',
    'DUPLICATE          0       0  ∅                 ∅',
    'QUARANTINE         0       0  ∅                 ∅',
  ]);
  const execution = /query_\d{8}T\d{6}Z/.exec(asked.stderr)?.[0] ?? '';
  const key = `evidence/local/run_control/${execution}/launches/Run/0/query-result.json`;
  const content = await environment.evidence.get(key);
  assert.ok(content);
  const result = queryResultSchema.parse(parseCanonicalJson(content, key));
  assert.equal(result.query, 'receipts_window');
  assert.equal(result.query_sha256, (await findQuery('receipts_window')).sha256);
  assert.deepEqual(result.arguments, {
    run_id: run,
    from: '2026-02-21T06:06:00Z',
    to: '2026-02-21T06:24:00Z',
  });
  assert.match(asked.stderr, new RegExp(sha256Of(content)));
  assert.match(asked.stderr, new RegExp(`run ${run}`), 'it belongs to the run that it asks about');
  // The log says how large the answer is and where it is, never what.
  const logs = await environment.fraudctl('logs', execution);
  assert.match(logs.stdout, /answered/);
  assert.doesNotMatch(logs.stdout, /QUARANTINE/);
});

test('as JSON and CSV, into a file, and never over one', async () => {
  const out = join(folder, 'answer.csv');
  assert.equal((await ask(...window, '--format', 'csv', '--out', out)).exitCode, 0);
  assert.equal(
    await readFile(out, 'utf8'),
    'decision,receipts,events,first_decided_at,last_decided_at\r\nADMIT,0,0,,\r\nDUPLICATE,0,0,,\r\nQUARANTINE,0,0,,\r\n',
  );
  const again = await ask(...window, '--format', 'csv', '--out', out);
  assert.equal(again.exitCode, 64);
  assert.match(again.stderr, /OUT_EXISTS/);
  const json = await ask('schema_status', '--format', 'json');
  assert.equal(queryResultSchema.parse(JSON.parse(json.stdout)).rows.length > 1, true);
  const program = await environment.fraudctl('--json', 'query', 'schema_status');
  const { schema, samples, failed_samples } = JSON.parse(program.stdout);
  assert.deepEqual([schema, samples.length, failed_samples], ['fraudctl/query/v1', 1, 0]);
  assert.equal(queryResultSchema.parse(samples[0].result).query, 'schema_status');
});

test('a file in a folder that takes none is refused before anything is asked', async () => {
  const file = join(folder, 'no-folder');
  await writeFile(file, '');
  for (const out of [join(folder, 'missing', 'x.csv'), join(file, 'x.csv'), join(folder, 'x'.repeat(300))]) {
    const refused = await ask('schema_status', '--out', out);
    assert.equal(refused.exitCode, 64, refused.stderr);
    assert.match(refused.stderr, /error OUT_UNUSABLE: /);
    assert.doesNotMatch(refused.stderr, /started query_/);
  }
});

test('an answer that cannot be written is shown, and the command fails', async () => {
  // Long enough that there is no room in a name for that of the part that is written first.
  const ended = await ask('schema_status', '--format', 'csv', '--out', join(folder, 'x'.repeat(240)));
  assert.equal(ended.exitCode, 75, ended.stderr);
  assert.match(ended.stderr, /error OUT_NOT_WRITTEN: /);
  assert.match(ended.stdout, /^version,.*\r\n1,/);
});

test('a watch takes its last sample at the boundary', { timeout: 60_000 }, async () => {
  const began = Date.now();
  const watched = await ask('schema_status', '--watch', '2s', '--for', '3s', '--format', 'json');
  assert.equal(watched.exitCode, 0, watched.stderr);
  const samples = queryResultSchema.array().parse(JSON.parse(watched.stdout));
  assert.equal(samples.length, 3);
  const [first = 0, , last = 0] = samples.map(({ taken_at }) => Date.parse(taken_at));
  // The watch begins after the command does, so its boundary cannot be earlier than this.
  assert.ok(last >= began + 3_000 && last > first, 'to the very end');
});

test('a watch shows each sample once, when it comes; in CSV below one header', {
  timeout: 60_000,
}, async () => {
  const file = join(folder, 'one.sql');
  await writeFile(file, 'select 1 as one');
  const table = await ask('--file', file, '--watch', '1s', '--for', '1s');
  assert.equal(table.exitCode, 0, table.stderr);
  assert.match(table.stdout, /^taken at \S+Z\nONE\n +1\n\ntaken at \S+Z\nONE\n +1\n$/);
  assert.doesNotMatch(table.stderr, /ONE/, 'not a second time as progress');
  const csv = await ask('--file', file, '--watch', '1s', '--for', '1s', '--format', 'csv');
  assert.match(csv.stdout, /^taken_at,one\r\n\S+Z,1\r\n\S+Z,1\r\n$/);
});

test('what the server says to SQL of one’s own is told with its file and the place in it', async () => {
  const file = join(folder, 'wrong.sql');
  await writeFile(file, 'select * from nowhere');
  const found = await ask('--file', file);
  assert.equal(found.exitCode, 65);
  assert.match(found.stderr, /error QUERY_INVALID: relation "nowhere" does not exist, at character 15/);
  assert.match(found.stderr, new RegExp(`where {2}${file}`));
});

test('SQL of one’s own is answered where it only reads', async () => {
  const file = join(folder, 'question.sql');
  await writeFile(file, 'select count(*) as receipts from ingest.receipts -- how many?\n');
  const asked = await ask('--file', file, '--format', 'csv');
  assert.equal(asked.exitCode, 0, asked.stderr);
  assert.equal(asked.stdout, 'receipts\r\n0\n');
});

const refusals: readonly (readonly [parameters: readonly string[], exit: number, code: string])[] = [
  [[], 64, 'QUERY_UNNAMED'],
  [['schema_status', '--file', 'x.sql'], 64, 'QUERY_UNNAMED'],
  [['nobody'], 64, 'QUERY_UNKNOWN'],
  [['--file', '/nowhere.sql'], 64, 'QUERY_FILE_UNREADABLE'],
  [['receipts_window'], 64, 'ARGUMENT_MISSING'],
  [['schema_status', '--param', 'x=1'], 64, 'ARGUMENT_UNKNOWN'],
  [['schema_status', '--param', 'x'], 64, 'ARGUMENT_INVALID'],
  [['checkpoint_progress', '--param', `run_id=${run}`, '--param', `run_id=${run}`], 64, 'ARGUMENT_INVALID'],
  [['checkpoint_progress', '--param', `run_id=${run}'--`], 64, 'ARGUMENT_INVALID'],
  [['schema_status', '--format', 'xml'], 64, 'FORMAT_UNKNOWN'],
  [['schema_status', '--watch', '2s'], 64, 'WATCH_INVALID'],
  [['schema_status', '--watch', '10ms', '--for', '1s'], 64, 'WATCH_INVALID'],
];
for (const [parameters, exit, code] of refusals) {
  test(`refused before anything is launched: query ${parameters.join(' ')}`, async () => {
    const found = await ask(...parameters);
    assert.equal(found.exitCode, exit, found.stderr);
    assert.match(found.stderr, new RegExp(`error ${code}:`));
    assert.doesNotMatch(found.stderr, /started query_/);
  });
}

test('SQL that wants more is refused before anything is launched', async () => {
  const file = join(folder, 'attack.sql');
  await writeFile(file, 'with w as (delete from ingest.admissions returning *) select * from w');
  const found = await ask('--file', file);
  assert.equal(found.exitCode, 77);
  assert.match(found.stderr, /error AD_HOC_REFUSED: .*DELETE/);
  assert.doesNotMatch(found.stderr, /started query_/);
});

test('what the task fails for is what the command fails for', async () => {
  const file = join(folder, 'large.sql');
  await writeFile(file, 'select * from generate_series(1, 10001)');
  const found = await ask('--file', file);
  assert.equal(found.exitCode, 65, found.stderr);
  assert.match(found.stderr, /error QUERY_ROW_CAP: .*10000 rows/);
});

/** The task itself, launched past the command line. */
async function launch(parameters: object, change: Readonly<Record<string, string>> = {}, number = 1) {
  const variables = await launchVariablesOf(environment, queryContract, {
    parameters: JSON.parse(JSON.stringify(parameters)),
    number,
    scratch: folder,
  });
  const { exitCode } = await runMain(queryContract.name, { ...variables, ...change });
  const key = `evidence/local/run_control/${sampleExecution}/launches/Run/${number}/result.json`;
  const content = await environment.evidence.get(key);
  const { failure } = launchResultSchema.parse(parseCanonicalJson(content ?? new Uint8Array(), key));
  return { exitCode, code: failure?.code };
}

test('the task holds by itself: a query that differs, one that is unknown, SQL that is not allowed', async () => {
  const { sha256 } = await findQuery('schema_status');
  const sql = 'select 1';
  const adHoc = { sql, query_sha256: sha256Of(sql) };
  const attack = 'select pg_sleep(60)';
  const differing = { query: 'schema_status', query_sha256: '0'.repeat(64), arguments: {} };
  assert.deepEqual(await launch(differing, {}, 11), { exitCode: 78, code: 'QUERY_DIFFERS' });
  const unknown = { query: 'nobody', query_sha256: sha256, arguments: {} };
  assert.deepEqual(await launch(unknown, {}, 12), { exitCode: 64, code: 'QUERY_UNKNOWN' });
  assert.deepEqual(await launch(adHoc, { AD_HOC_QUERIES: 'refused' }, 13), {
    exitCode: 77,
    code: 'AD_HOC_NOT_ALLOWED',
  });
  const judged = { sql: attack, query_sha256: sha256Of(attack) };
  assert.deepEqual(await launch(judged, {}, 14), { exitCode: 77, code: 'AD_HOC_REFUSED' });
  const other = { sql, query_sha256: sha256Of('select 2') };
  assert.deepEqual(await launch(other, {}, 15), { exitCode: 78, code: 'QUERY_DIFFERS' });
  assert.deepEqual(await launch(adHoc, {}, 16), { exitCode: 0, code: undefined });
});

test('a launch keeps one answer: where another is already, its own is refused', async () => {
  const kept = `evidence/local/run_control/${sampleExecution}/launches/Run/17/query-result.json`;
  await environment.evidence.putIfAbsent(kept, new TextEncoder().encode('{}'));
  const adHoc = { sql: 'select 1', query_sha256: sha256Of('select 1') };
  assert.deepEqual(await launch(adHoc, {}, 17), { exitCode: 73, code: 'QUERY_RESULT_CONFLICT' });
});

test('an answer that is not the one that the task told is none', async () => {
  const { sha256 } = await findQuery('schema_status');
  const parameters = { query: 'schema_status', query_sha256: sha256, arguments: {} };
  for (const instead of [undefined, '{"rows":[]}']) {
    const context = await inProcess(environment, (key) => key.endsWith('query-result.json'), instead);
    await assert.rejects(
      askInProcess(context, { parameters, runId: undefined, deadline: undefined }),
      (error) => {
        assert.ok(isPlatformError(error), String(error));
        assert.deepEqual([error.failure.code, error.exitCode], ['ANSWER_UNPROVEN', 70]);
        return true;
      },
    );
  }
});
