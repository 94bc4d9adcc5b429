import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { inspectEventFile, readEventFile } from '../../../../lib/burst/events/event-file.ts';
import { laneOfEvent } from '../../../../lib/burst/lane-of-event.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';

let folder: string;
let files = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'event-file-'));
});
after(() => rm(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;

function event(number: number, change: Record<string, unknown> = {}) {
  return {
    event_id: `event-${number}`,
    event_type: 'payment',
    schema_version: 'v1',
    ts_utc: `2026-01-02T03:04:${String(number % 60).padStart(2, '0')}.000001Z`,
    manifest_fingerprint: 'a'.repeat(64),
    parameter_hash: 'b'.repeat(64),
    scenario_id: 'baseline_v1',
    segment_run_id: 'c'.repeat(32),
    payload: { merchant_id: '18446744073709551615', amount: 12.5 },
    ...change,
  };
}

/** Lines as they are, texts and bytes; anything else as JSON. */
async function fileOf(lines: readonly unknown[]): Promise<string> {
  files += 1;
  const path = join(folder, `${files}.ndjson`);
  const bytes = lines.flatMap((line) => [
    line instanceof Uint8Array ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)),
    Buffer.from('\n'),
  ]);
  await writeFile(path, Buffer.concat(bytes));
  return path;
}

async function allOf(path: string) {
  const events = [];
  for await (const { event: one } of readEventFile(path, signal)) events.push(one);
  return events;
}

test('a file of events: its identity, its window, its digest', async () => {
  const events = [event(1), event(2), event(2, { event_id: 'other' }), event(59)];
  const path = await fileOf([...events.slice(0, 2), '', ...events.slice(2)]);
  const file = await inspectEventFile(path, signal);
  assert.equal(file.events, 4);
  assert.equal(file.windowStart, '2026-01-02T03:04:01.000001Z');
  assert.equal(file.windowEnd, '2026-01-02T03:04:59.000002Z');
  assert.equal(file.identity.scenario_id, 'baseline_v1');
  assert.deepEqual(await allOf(path), events);
  const same = await inspectEventFile(await fileOf([...events.slice(0, 2), '', ...events.slice(2)]), signal);
  assert.equal(same.sourceSha256, file.sourceSha256);
  const other = await inspectEventFile(await fileOf(events.slice(1)), signal);
  assert.notEqual(other.sourceSha256, file.sourceSha256);
});

test('the window of a last microsecond ends in the next millisecond', async () => {
  const path = await fileOf([event(1, { ts_utc: '2026-12-31T23:59:59.999999Z' })]);
  assert.equal((await inspectEventFile(path, signal)).windowEnd, '2027-01-01T00:00:00.000000Z');
});

test('a line ends with a line feed, whatever else is in it, and the last one without', async () => {
  const said = event(2, { payload: { said: 'é\u2028\u2029 😀' } });
  const path = await fileOf([`${JSON.stringify(event(1))}\r`, '\r', said]);
  await writeFile(path, JSON.stringify(event(3)), { flag: 'a' });
  assert.deepEqual(await allOf(path), [event(1), said, event(3)]);
});

test('a line that comes in many pieces is one', async () => {
  const long = event(2, { payload: { note: '😀'.repeat(100_000) } });
  assert.deepEqual(await allOf(await fileOf([event(1), long, event(3)])), [event(1), long, event(3)]);
});

test('Parquet says the same as lines, 64-bit numbers in text included', async () => {
  const events = Array.from({ length: 5_000 }, (_, index) => event(0, { event_id: `e${index}` }));
  const lines = await fileOf(events);
  const path = join(folder, 'events.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `copy (select event_id, event_type, schema_version, ts_utc, manifest_fingerprint, parameter_hash, scenario_id,
       segment_run_id, to_json(payload)::VARCHAR as payload
     from read_json('${lines}', format = 'newline_delimited', columns = {event_id: 'VARCHAR', event_type: 'VARCHAR',
       schema_version: 'VARCHAR', ts_utc: 'VARCHAR', manifest_fingerprint: 'VARCHAR', parameter_hash: 'VARCHAR',
       scenario_id: 'VARCHAR', segment_run_id: 'VARCHAR', payload: 'JSON'})) to '${path}' (format parquet)`,
  );
  instance.closeSync();
  assert.deepEqual(await allOf(path), events);
  assert.equal((await inspectEventFile(path, signal)).events, 5_000);
});

const latin1 = (value: unknown) => Buffer.from(JSON.stringify(value), 'latin1');

const faults: readonly (readonly [what: string, lines: readonly unknown[], where: RegExp])[] = [
  ['nothing', [''], /line 1/],
  ['what is no JSON', [event(1), '{"event_id":'], /line 2/],
  ['Latin-1', [event(1), event(2), latin1(event(3, { payload: { name: 'Café' } })), event(4)], /line 3$/],
  ['half a character at its end', [event(1), Buffer.from([0xf0, 0x9f])], /line 2$/],
  ['a byte order mark', [`\uFEFF${JSON.stringify(event(1))}`], /line 1$/],
  ['what is no object', [event(1), 7], /line 2/],
  ['a missing member', [event(1), { ...event(2), event_id: undefined }], /line 2, event_id/],
  ['an unknown member', [{ ...event(1), colour: 'red' }], /line 1/],
  ['a run of its own', [{ ...event(1), run_id: 'platform_20260221T060431Z' }], /line 1/],
  ['a bad id', [event(1, { event_id: 'a b' })], /line 1, event_id/],
  ['a number for an id', [event(1, { event_id: 7 })], /line 1, event_id/],
  ['a bad class', [event(1, { event_type: 'Payment' })], /line 1, event_type/],
  ['another version', [event(1, { schema_version: 'v2' })], /line 1, schema_version/],
  ['milliseconds for microseconds', [event(1, { ts_utc: '2026-01-02T03:04:05.000Z' })], /line 1, ts_utc/],
  ['a day that is none', [event(1, { ts_utc: '2026-02-30T03:04:05.000000Z' })], /line 1, ts_utc/],
  ['time that goes back', [event(2), event(1)], /line 2, ts_utc/],
  ['another fingerprint', [event(1), event(2, { manifest_fingerprint: 'd'.repeat(64) })], /line 2, manifest/],
  ['another scenario', [event(1), event(2, { scenario_id: 'stress_v1' })], /line 2, scenario_id/],
  ['another segment run', [event(1), event(2, { segment_run_id: 'd'.repeat(32) })], /line 2, segment_run_id/],
  ['a payload that is no object', [event(1, { payload: [] })], /line 1, payload/],
];
for (const [what, lines, where] of faults) {
  test(`refuses ${what}, naming file, place and field`, async () => {
    const path = await fileOf(lines);
    await assert.rejects(inspectEventFile(path, signal), (error: unknown) => {
      assert.ok(isPlatformError(error));
      assert.equal(error.failure.code, 'EVENT_FILE_INVALID');
      assert.equal(error.exitCode, 65);
      assert.ok(error.failure.where?.startsWith(`${path}: `));
      assert.match(error.failure.where ?? '', where);
      return true;
    });
  });
}

test('what is not UTF-8, and a byte order mark, are told as that', async () => {
  for (const [line, message] of [
    [latin1({ name: 'é' }), 'is not UTF-8'],
    ['\uFEFF{}', 'begins with a byte order mark'],
  ] as const) {
    await assert.rejects(
      inspectEventFile(await fileOf([line]), signal),
      (error: unknown) => isPlatformError(error) && error.failure.message === message,
    );
  }
});

test('a file that is not there is told by its name, whatever its kind', async () => {
  for (const name of ['none.ndjson', 'none.parquet']) {
    const path = join(folder, name);
    await assert.rejects(
      inspectEventFile(path, signal),
      (error: unknown) =>
        isPlatformError(error) && error.failure.code === 'EVENT_FILE_MISSING' && error.exitCode === 64,
    );
  }
});

test('a large file is read in the memory of a small one', async () => {
  const path = join(folder, 'large.ndjson');
  const line = `${JSON.stringify(event(1, { payload: { note: 'x'.repeat(800) } }))}\n`;
  for (let round = 0; round < 20; round += 1) await writeFile(path, line.repeat(5_000), { flag: 'a' });
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  let events = 0;
  for await (const _ of readEventFile(path, signal)) {
    events += 1;
    if (events % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed);
  }
  assert.equal(events, 100_000);
  assert.ok(most - before < 80 * 2 ** 20, `${(most - before) / 2 ** 20} MiB for a file of 110 MiB`);
});

test('lanes of any number are disjoint and together whole', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `event-${index}`);
  for (const lanes of [1, 2, 3, 7, 40]) {
    const shares = new Array<number>(lanes).fill(0);
    for (const id of ids) {
      const lane = laneOfEvent(id, lanes);
      assert.ok(lane >= 0 && lane < lanes);
      shares[lane] = (shares[lane] ?? 0) + 1;
    }
    assert.equal(
      shares.reduce((sum, share) => sum + share, 0),
      ids.length,
    );
    const even = ids.length / lanes;
    assert.ok(shares.every((share) => Math.abs(share - even) < 6 * Math.sqrt(even) + 1));
  }
});
