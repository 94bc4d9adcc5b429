import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { withConnection } from '../../../lib/database/connect.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { takeCheckpoint } from '../../../tasks/burst/checkpoint.ts';
import { closeScope } from '../../../tasks/burst/close-scope.ts';
import { gateLimits } from '../../../tasks/gate/limits.ts';
import { openTcpProxy } from '../../fakes/tcp-proxy.ts';
import { endWaitingSession, waitingSession } from '../../support/end-waiting-session.ts';
import { openGate, sampleEvent, sampleScope, type TestGate } from '../../support/gate.ts';
import { createTestEnvironment, type TestEnvironment } from '../../support/local-environment.ts';
import { superuserWish } from '../../support/query-context.ts';
import { startGate } from '../../support/start-gate.ts';

let environment: TestEnvironment;
let gate: TestGate;
before(async () => {
  environment = await createTestEnvironment();
  const up = await environment.fraudctl('local', 'up');
  assert.equal(up.exitCode, 0, up.stderr);
  gate = await openGate(environment);
  await gate.openScope();
});
after(async () => {
  await gate.close();
  await environment.close();
});

let events = 0;
/** A lawful event that nobody sent before. */
function event(change: Parameters<typeof sampleEvent>[1] = {}) {
  events += 1;
  return sampleEvent(`fresh-${events}`, change);
}

/** Rows of `ingest.receipts` about an event id, as `decision reason`. */
async function rowsAbout(eventId: string): Promise<readonly string[]> {
  const { rows } = await gate.owner.query<{ said: string }>(
    `select decision || coalesce(' ' || reason, '') as said from ingest.receipts where event_id = $1 order by 1`,
    [eventId],
  );
  return rows.map(({ said }) => said);
}

async function countRows(): Promise<number> {
  const { rows } = await gate.owner.query<{ count: string }>('select count(*) from ingest.receipts');
  return Number(rows[0]?.count);
}

test('one event, an array, and NDJSON are decided alike, in order', async () => {
  const [one, two, three] = [event(), event(), event()];
  assert.deepEqual((await gate.send(one)).decisions, [{ event_id: one.event_id, decision: 'ADMIT' }]);
  const array = await gate.send([one, two]);
  assert.deepEqual(
    array.decisions.map(({ decision }) => decision),
    ['DUPLICATE', 'ADMIT'],
  );
  const lines = await gate.post(`${JSON.stringify(two)}\n\n${JSON.stringify(three)}\n`, {
    'content-type': 'application/x-ndjson',
  });
  assert.deepEqual(
    lines.decisions.map(({ decision }) => decision),
    ['DUPLICATE', 'ADMIT'],
  );
});

test('every request counts: also the tenth duplicate has its row', async () => {
  const sent = event();
  for (let time = 0; time < 11; time += 1) await gate.send(sent);
  const rows = await rowsAbout(sent.event_id);
  assert.deepEqual(rows, ['ADMIT', ...Array.from({ length: 10 }, () => 'DUPLICATE ALREADY_ADMITTED')]);
});

test('an id with another payload is put aside, in one batch as over two; the same payload in another key order is the same', async () => {
  const sent = event({ payload: { a: 1, b: [2, { c: 3 }] } });
  const other = { ...sent, payload: { a: 2 } };
  const reordered = { ...sent, payload: { b: [2, { c: 3 }], a: 1 } };
  assert.deepEqual(
    (await gate.send([sent, other, reordered])).decisions.map(({ decision, reason }) => [decision, reason]),
    [
      ['ADMIT', undefined],
      ['QUARANTINE', 'PAYLOAD_MISMATCH'],
      ['DUPLICATE', 'ALREADY_ADMITTED'],
    ],
  );
  assert.equal((await gate.send(other)).decisions[0]?.reason, 'PAYLOAD_MISMATCH');
  assert.equal((await gate.send(reordered)).decisions[0]?.decision, 'DUPLICATE');
  assert.equal((await rowsAbout(sent.event_id)).length, 5);
});

test('after a group of nothing but duplicates, decisions are what they always are', async () => {
  const known = Array.from({ length: 10 }, () => event());
  await gate.send(known);
  await gate.send(known);
  const [fresh, other] = [event(), event()];
  const mismatch = { ...known[0], payload: { another: 1 } };
  const answer = await gate.send([known[1], fresh, mismatch, fresh, other, { ...other, payload: { z: 1 } }]);
  assert.deepEqual(
    answer.decisions.map(({ decision, reason }) => reason ?? decision),
    ['ALREADY_ADMITTED', 'ADMIT', 'PAYLOAD_MISMATCH', 'ALREADY_ADMITTED', 'ADMIT', 'PAYLOAD_MISMATCH'],
  );
});

test('the same id in another class is another event', async () => {
  const sent = event();
  const answer = await gate.send([sent, { ...sent, event_type: 'another_class' }]);
  assert.deepEqual(
    answer.decisions.map(({ decision }) => decision),
    ['ADMIT', 'ADMIT'],
  );
});

test('twenty producers at once with the same hundred events: each admitted exactly once', async () => {
  const sent = Array.from({ length: 100 }, () => event());
  const shuffled = (by: number) => [...sent.slice(by), ...sent.slice(0, by)];
  const answers = await Promise.all(Array.from({ length: 20 }, (_, by) => gate.send(shuffled(by * 5))));
  const decisions = answers.flatMap((answer) => answer.decisions);
  assert.equal(decisions.filter(({ decision }) => decision === 'ADMIT').length, 100);
  assert.equal(decisions.filter(({ decision }) => decision === 'DUPLICATE').length, 1_900);
  for (const { event_id } of sent.slice(0, 5)) assert.equal((await rowsAbout(event_id)).length, 20);
});

const long = 'x'.repeat(200);
const nested = (depth: number) => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
};

/** Events that are put aside: what is wrong, the event, the reason, and what the detail names. */
const badEvents: readonly (readonly [what: string, event: unknown, reason: string, detail: RegExp])[] = [
  ['a number', 5, 'MALFORMED', /^event: /],
  ['a string', 'event', 'MALFORMED', /^event: /],
  ['null', null, 'MALFORMED', /^event: /],
  ['true', true, 'MALFORMED', /^event: /],
  ['an array in an array', [[]], 'MALFORMED', /^event: /],
  ['an empty object', {}, 'MALFORMED', /^event_id: /],
  ...Object.keys(sampleEvent(0)).flatMap((member) => {
    const lawful: Record<string, unknown> = sampleEvent('bad');
    const { [member]: _, ...without } = lawful;
    return [
      [`no ${member}`, without, 'MALFORMED', new RegExp(`^${member}: `)],
      [`${member} null`, { ...lawful, [member]: null }, 'MALFORMED', new RegExp(`^${member}: `)],
      [`${member} a number`, { ...lawful, [member]: 7 }, 'MALFORMED', new RegExp(`^${member}: `)],
    ] as const;
  }),
  ['a member too many', { ...sampleEvent('bad'), extra: 1 }, 'MALFORMED', /^event: .*extra/],
  ['an id as a number', { ...sampleEvent('bad'), event_id: 2 ** 60 }, 'MALFORMED', /^event_id/],
  ['an empty id', sampleEvent('bad', { event_id: '' }), 'MALFORMED', /^event_id/],
  ['an id of 129 characters', sampleEvent('bad', { event_id: 'x'.repeat(129) }), 'MALFORMED', /^event_id/],
  ['an id with a NUL', sampleEvent('bad', { event_id: 'a\0b' }), 'MALFORMED', /^event_id/],
  ['an id with a lone surrogate', sampleEvent('bad', { event_id: 'a\ud800' }), 'MALFORMED', /^event_id/],
  ['an id with a space', sampleEvent('bad', { event_id: 'a b' }), 'MALFORMED', /^event_id/],
  ['an id with a quote', sampleEvent('bad', { event_id: "a'; drop" }), 'MALFORMED', /^event_id/],
  ['a class in capitals', sampleEvent('bad', { event_type: 'Arrival' }), 'MALFORMED', /^event_type/],
  ['a class too long', sampleEvent('bad', { event_type: long }), 'MALFORMED', /^event_type/],
  ['another schema', { ...sampleEvent('bad'), schema_version: 'v2' }, 'MALFORMED', /^schema_version/],
  ['milliseconds', sampleEvent('bad', { ts_utc: '2026-01-02T03:04:05.678Z' }), 'MALFORMED', /^ts_utc/],
  ['an offset', sampleEvent('bad', { ts_utc: '2026-01-02T03:04:05.678901+01' }), 'MALFORMED', /^ts_utc/],
  ['30 February', sampleEvent('bad', { ts_utc: '2026-02-30T00:00:00.000000Z' }), 'MALFORMED', /real date/],
  ['hour 24', sampleEvent('bad', { ts_utc: '2026-02-01T24:00:00.000000Z' }), 'MALFORMED', /^ts_utc/],
  ['the future', sampleEvent('bad', { ts_utc: '2999-01-01T00:00:00.000000Z' }), 'OUTSIDE_WINDOW', /^ts_utc/],
  ['the past', sampleEvent('bad', { ts_utc: '1026-01-01T00:00:00.000000Z' }), 'OUTSIDE_WINDOW', /^ts_utc/],
  ['the end itself', sampleEvent('bad', { ts_utc: sampleScope.windowEnd }), 'OUTSIDE_WINDOW', /^ts_utc/],
  [
    'another run',
    { ...sampleEvent('bad'), run_id: 'platform_20200101T000000Z' },
    'RUN_UNKNOWN',
    /^run_id: nobody/,
  ],
  ['no run', { ...sampleEvent('bad'), run_id: 'platform_1' }, 'MALFORMED', /^run_id/],
  [
    'a run on 31 June',
    { ...sampleEvent('bad'), run_id: 'platform_20200631T000000Z' },
    'MALFORMED',
    /^run_id/,
  ],
  [
    'another fingerprint',
    { ...sampleEvent('bad'), manifest_fingerprint: 'e'.repeat(64) },
    'FOREIGN_WORLD',
    /^manifest_fingerprint/,
  ],
  ['a short fingerprint', { ...sampleEvent('bad'), manifest_fingerprint: 'e' }, 'MALFORMED', /^manifest/],
  [
    'other parameters',
    { ...sampleEvent('bad'), parameter_hash: 'e'.repeat(64) },
    'FOREIGN_WORLD',
    /^parameter_hash/,
  ],
  ['another scenario', sampleEvent('bad', { scenario_id: 'stress_v1' }), 'FOREIGN_WORLD', /^scenario_id/],
  ['a payload that is a list', { ...sampleEvent('bad'), payload: [] }, 'MALFORMED', /^payload/],
  ['a payload that is text', { ...sampleEvent('bad'), payload: 'x' }, 'MALFORMED', /^payload/],
  [
    'a lone surrogate in the payload',
    sampleEvent('bad', { payload: { name: '\udc00' } }),
    'MALFORMED',
    /^payload/,
  ],
  ['a payload of 1 MB', sampleEvent('bad', { payload: { x: 'y'.repeat(2 ** 20) } }), 'TOO_LARGE', /^payload/],
  ['deep nesting', { ...sampleEvent('bad'), payload: { x: nested(100) } }, 'TOO_DEEP', /deeper than 32/],
];

for (const [what, bad, reason, detail] of badEvents) {
  test(`put aside: ${what}; its neighbours are admitted`, async () => {
    const before = await countRows();
    const answer = await gate.send([event(), bad, event()]);
    assert.equal(answer.status, 200);
    assert.deepEqual(
      answer.decisions.map(({ decision }) => decision),
      ['ADMIT', 'QUARANTINE', 'ADMIT'],
    );
    assert.equal(answer.decisions[1]?.reason, reason);
    assert.match(answer.decisions[1]?.detail ?? '', detail);
    assert.equal(await countRows(), before + 3, 'one row a decision');
  });
}

test('a line that is no JSON is put aside; the other lines are admitted', async () => {
  const body = [JSON.stringify(event()), '{"torn', JSON.stringify(event()), 'NaN'].join('\n');
  const answer = await gate.post(body, { 'content-type': 'application/x-ndjson' });
  assert.deepEqual(
    answer.decisions.map(({ decision, reason }) => `${decision} ${reason ?? ''}`.trim()),
    ['ADMIT', 'QUARANTINE MALFORMED', 'ADMIT', 'QUARANTINE MALFORMED'],
  );
});

test('nesting deeper than any parser recurses is put aside like any other', async () => {
  const { payload: _, ...rest } = sampleEvent('deep');
  const head = JSON.stringify(rest).slice(0, -1);
  for (const depth of [5_000, 1_000_000]) {
    const deep = `${head},"payload":{"x":${'['.repeat(depth)}1${']'.repeat(depth)}}}`;
    const answer = await gate.post(`${deep}\n${JSON.stringify(event())}`, {
      'content-type': 'application/x-ndjson',
    });
    assert.deepEqual(
      answer.decisions.map(({ decision }) => decision),
      ['QUARANTINE', 'ADMIT'],
    );
  }
});

test('NUL bytes and any Unicode in a payload are payload', async () => {
  const sent = event({ payload: { text: 'a\0b 😀 \u2028', number: 1e300, nothing: null } });
  assert.equal((await gate.send(sent)).decisions[0]?.decision, 'ADMIT');
  assert.equal((await gate.send(sent)).decisions[0]?.decision, 'DUPLICATE');
});

const json = { 'content-type': 'application/json' };
type Request = () => readonly [body: string | Uint8Array, headers: Record<string, string>];
/** Requests that are refused as a whole: nothing of them is decided. */
const badRequests: readonly (readonly [what: string, request: Request, status: number, code: string])[] = [
  ['no key', () => [JSON.stringify(event()), { 'x-api-key': '' }], 401, 'KEY_REFUSED'],
  ['a wrong key', () => [JSON.stringify(event()), { 'x-api-key': `${gate.key}x` }], 401, 'KEY_REFUSED'],
  [
    'a part of the key',
    () => [JSON.stringify(event()), { 'x-api-key': gate.key.slice(1) }],
    401,
    'KEY_REFUSED',
  ],
  ['two keys in one', () => [JSON.stringify(event()), { 'x-api-key': `${gate.key}, x` }], 401, 'KEY_REFUSED'],
  ['a body that is no JSON', () => ['{"torn', json], 400, 'BODY_UNREADABLE'],
  ['an empty body', () => ['', json], 400, 'BODY_UNREADABLE'],
  ['an empty list', () => ['[]', json], 400, 'BODY_UNREADABLE'],
  ['no lines', () => ['\n\n', { 'content-type': 'application/x-ndjson' }], 400, 'BODY_UNREADABLE'],
  ['bytes that are no UTF-8', () => [Uint8Array.of(0x22, 0xff, 0x22), json], 400, 'BODY_UNREADABLE'],
  ['a byte order mark', () => [`\ufeff${JSON.stringify(event())}`, json], 400, 'BODY_UNREADABLE'],
  ['UTF-16', () => [Buffer.from(JSON.stringify(event()), 'utf16le'), json], 400, 'BODY_UNREADABLE'],
  ['another type', () => [JSON.stringify(event()), { 'content-type': 'text/plain' }], 415, 'CONTENT_TYPE'],
  [
    'a compressed body',
    () => [gzipSync(JSON.stringify(event())), { ...json, 'content-encoding': 'gzip' }],
    415,
    'COMPRESSED',
  ],
  [
    'a bomb of zeros',
    () => [gzipSync(Buffer.alloc(50_000_000)), { ...json, 'content-encoding': 'gzip' }],
    415,
    'COMPRESSED',
  ],
  [
    'too many events',
    () => [JSON.stringify(Array.from({ length: gateLimits.batchEvents + 1 }, () => event())), json],
    413,
    'BATCH_TOO_LARGE',
  ],
  ['too many bytes', () => [' '.repeat(gateLimits.bodyBytes + 1), json], 413, 'BODY_TOO_LARGE'],
];

for (const [what, request, status, code] of badRequests) {
  test(`refused: ${what}`, async () => {
    const before = await countRows();
    const answer = await gate.post(...request());
    assert.deepEqual([answer.status, answer.code], [status, code]);
    assert.equal(await countRows(), before);
  });
}

test('both keys open the gate', async () => {
  for (const key of [gate.key, gate.nextKey]) {
    const answer = await gate.post(JSON.stringify(event()), { 'x-api-key': key });
    assert.equal(answer.decisions[0]?.decision, 'ADMIT');
  }
});

test('a client that never finishes is cut off, and others are served meanwhile', async () => {
  const { port } = new URL(gate.url);
  const head = `POST /v1/events HTTP/1.1\r\nhost: gate\r\nx-api-key: ${gate.key}\r\ncontent-type: application/json\r\n`;
  const unfinished = [
    // Headers that never end, a body that never comes, chunks without an end.
    head,
    `${head}content-length: 100\r\n\r\n[`,
    `${head}transfer-encoding: chunked\r\n\r\n5\r\n[1234\r\n`,
  ];
  const began = performance.now();
  const ends = unfinished.map(
    (text) =>
      new Promise<number>((resolve) => {
        const socket = connectTcp(Number(port), '127.0.0.1', () => socket.write(text));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(performance.now() - began));
        socket.resume();
      }),
  );
  assert.equal((await gate.send(event())).decisions[0]?.decision, 'ADMIT');
  for (const millis of await Promise.all(ends)) {
    assert.ok(millis < gateLimits.requestMillis + 5_000, `cut off after ${millis} ms`);
  }
});

test('what was decided about an id can be asked for', async () => {
  const sent = event();
  await gate.send([sent, sent]);
  const ask = (id: string, key = gate.key) =>
    fetch(`${gate.url}/v1/events/${id}`, { headers: { 'x-api-key': key } });
  const { decisions } = JSON.parse(await (await ask(sent.event_id)).text());
  assert.deepEqual(
    decisions.map(({ decision }: { decision: string }) => decision),
    ['ADMIT', 'DUPLICATE'],
  );
  assert.match(
    decisions[0].decided_at,
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/,
    'microseconds are kept',
  );
  const unknown = await ask('nobody-knows');
  assert.deepEqual([unknown.status, JSON.parse(await unknown.text()).code], [404, 'EVENT_UNKNOWN']);
  const nowhere = await fetch(`${gate.url}/v2/events`, { headers: { 'x-api-key': gate.key } });
  assert.deepEqual([nowhere.status, JSON.parse(await nowhere.text()).code], [404, 'NO_SUCH_PATH']);
  assert.equal((await ask(sent.event_id, 'wrong')).status, 401);
});

test('the API describes itself, with the envelope it parses by', async () => {
  const response = await fetch(`${gate.url}/openapi.json`, { headers: { 'x-api-key': gate.key } });
  const api = JSON.parse(await response.text());
  assert.equal(api.openapi, '3.1.0');
  const { Envelope } = api.components.schemas;
  assert.deepEqual(Object.keys(Envelope.properties).sort(), Object.keys(sampleEvent(0)).sort());
  assert.equal(Envelope.additionalProperties, false);
});

test('a closed run scope takes nothing more', async () => {
  const runId = 'platform_20260221T060432Z' as typeof sampleScope.runId;
  await gate.openScope({ runId });
  assert.equal((await gate.send(event({ run_id: runId }))).decisions[0]?.decision, 'ADMIT');
  await gate.owner.query('update ingest.run_scopes set closed_at = now() where run_id = $1', [runId]);
  await delay(600);
  assert.equal((await gate.send(event({ run_id: runId }))).decisions[0]?.reason, 'RUN_CLOSED');
});

test('the gate’s role can do what it does, and nothing else', async () => {
  await withConnection(await gate.wishFor('gate'), async (client) => {
    for (const statement of [
      'update ingest.admissions set event_id = event_id',
      'delete from ingest.rejections',
      'select * from ingest.checkpoints',
      'insert into ingest.run_scopes (run_id) values (null)',
      'truncate ingest.admissions',
      'create table ingest.mine ()',
      'create temp table mine ()',
    ]) {
      await assert.rejects(client.query(statement), /permission denied/, statement);
    }
  });
});

const laneOwner = {
  runId: sampleScope.runId,
  executionId: 'burst_20260221T060431Z',
  lane: 0,
  lanes: 2,
  sourceSha256: 'f'.repeat(64),
  launchKey: 'burst_20260221T060431Z/Lane/0',
};
const refused = (code: string, exit: string) => (error: unknown) => {
  assert.ok(isPlatformError(error), String(error));
  assert.deepEqual([error.failure.code, error.failure.exit], [code, exit]);
  return true;
};

test('a lane takes its own checkpoint in its own scope, and loses it with its connection', async () => {
  const wish = await gate.wishFor('burst');
  const first = await takeCheckpoint(wish, laneOwner);
  await first.write(10);
  const second = await takeCheckpoint(wish, laneOwner);
  assert.deepEqual([second.start, second.epoch], [10, '2']);
  await assert.rejects(first.write(11), refused('PRODUCER_SUPERSEDED', 'data'));
  for (const change of [{ executionId: 'burst_20260221T060432Z' }, { sourceSha256: 'e'.repeat(64) }]) {
    await assert.rejects(
      takeCheckpoint(wish, { ...laneOwner, ...change }),
      refused('RUN_SCOPE_FOREIGN', 'data'),
    );
  }
  await assert.rejects(
    takeCheckpoint(wish, { ...laneOwner, lanes: 3 }),
    refused('CHECKPOINT_FOREIGN', 'data'),
  );
  await withConnection(await superuserWish(environment), (superuser) =>
    superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'fraud_burst'`),
  );
  await assert.rejects(second.write(11), refused('CHECKPOINT_NOT_WRITTEN', 'transient'));
  const third = await takeCheckpoint(wish, laneOwner);
  assert.equal(third.start, 10, 'a relaunch goes on from the last one');
  await Promise.all([first, second, third].map((checkpoint) => checkpoint.close()));
});

test('a lane whose session ends while it takes its checkpoint may be launched again', async () => {
  const wish = await gate.wishFor('burst');
  await withConnection(await superuserWish(environment), async (superuser) => {
    await superuser.query('begin; lock table ingest.checkpoints');
    const taken = assert.rejects(
      takeCheckpoint(wish, laneOwner),
      refused('DATABASE_INTERRUPTED', 'transient'),
    );
    await endWaitingSession(await superuserWish(environment), 'fraud_burst');
    await taken;
  });
});

test('an execution closes the scope that it opened, and no other', async () => {
  const wish = await gate.wishFor('burst');
  const context = {
    launch: { runId: sampleScope.runId, executionId: 'burst_20260221T060432Z', launchKey: 'x/Close/0' },
    secrets: { CHECKPOINT_DSN: wish.dsn.reveal() },
    databaseAuthorities: wish.authorities,
    signal: new AbortController().signal,
    log: () => undefined,
  };
  await assert.rejects(closeScope(context as never), refused('RUN_SCOPE_FOREIGN', 'data'));
  assert.equal((await gate.send(event())).decisions[0]?.decision, 'ADMIT', 'the scope is open as before');
});

test('a connection that breaks under a decision is told as unknown, and the same gate decides the next one', async () => {
  const { dsn } = await gate.wishFor('gate');
  const proxy = await openTcpProxy(dsn.port);
  const other = await startGate(environment, environment.home, {
    postgres: dsn.port,
    through: proxy.port,
  }).catch(async (error: unknown) => {
    await proxy.close();
    throw error;
  });
  const send = async (sent: unknown) => {
    const response = await fetch(`${other.url}/v1/events`, {
      method: 'POST',
      headers: { ...json, 'x-api-key': gate.key },
      body: JSON.stringify(sent),
    });
    return { status: response.status, code: JSON.parse(await response.text()).code };
  };
  try {
    const sent = event();
    await withConnection(await gate.wishFor('master'), async (blocker) => {
      await blocker.query('begin; lock table ingest.admissions');
      const underWay = send(sent);
      await waitingSession(await superuserWish(environment), dsn.user);
      proxy.reset();
      assert.deepEqual(await underWay, { status: 503, code: 'DECISION_UNKNOWN' });
      await blocker.query('rollback');
    });
    assert.equal((await send(sent)).status, 200);
    assert.ok(other.lives(), 'it is the same process');
  } finally {
    await other.close();
    await proxy.close();
  }
});

test('asked to stop, it answers what has begun, and the next one goes on with the same port', async () => {
  const sent = Array.from({ length: 500 }, () => event());
  const inFlight = Array.from({ length: 10 }, (_, part) =>
    gate.send(sent.slice(part * 50, part * 50 + 50)).catch(() => undefined),
  );
  await gate.scale(0);
  const answers = await Promise.all(inFlight);
  await gate.scale(1);
  await gate.whenHealthy();
  for (const answer of answers) {
    if (answer?.status !== 200) continue;
    for (const { event_id } of answer.decisions) {
      assert.deepEqual(await rowsAbout(event_id ?? ''), ['ADMIT'], 'what was answered is durable');
    }
  }
  const again = await gate.send(sent);
  assert.equal(again.decisions.length, 500);
});

test('killed, it is started again, and nothing that it answered is lost', async () => {
  const answered = event();
  await gate.send(answered);
  const [pid] = await gate.pids();
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  await delay(100);
  await gate.whenHealthy();
  assert.equal((await gate.send(answered)).decisions[0]?.decision, 'DUPLICATE');
});
