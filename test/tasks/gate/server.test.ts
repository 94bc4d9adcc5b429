import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { refusalSchema } from '../../../lib/ingest/answers.ts';
import { envelopeSchema, longestEventId } from '../../../lib/ingest/envelope.ts';
import { gate } from '../../../tasks/gate/gate.ts';
import { GroupCommit } from '../../../tasks/gate/group-commit.ts';
import { gateLimits } from '../../../tasks/gate/limits.ts';
import { GateMetrics } from '../../../tasks/gate/metrics.ts';
import { createGateServer, type GateParts } from '../../../tasks/gate/server.ts';
import { TokenBucket } from '../../../tasks/gate/token-bucket.ts';
import { sampleEvent } from '../../support/gate.ts';
import { refusedWith } from '../../support/refused-with.ts';

const closers: (() => Promise<unknown>)[] = [];
after(() => Promise.all(closers.map((close) => close())));

const gone = () => Promise.reject(new Error('the connection was cut at db.internal'));
const writes = { writers: 1, groupEvents: 100, waitingEvents: 100 };

/** The gate with a database that is a function; everything else is real. */
function serverWith(change: Partial<GateParts> = {}) {
  const server = createGateServer({
    limits: gateLimits,
    isKey: (given) => given === 'key',
    findScopes: async () => new Map(),
    commit: new GroupCommit(async (events) => events.map(() => ({ decision: 'ADMIT' })), writes),
    rate: new TokenBucket(1, 10, 0),
    metrics: new GateMetrics(() => undefined, 'test'),
    ping: async () => undefined,
    decisionsAbout: async () => [],
    now: () => 0,
    ...change,
  });
  closers.push(() => server.close());
  return server;
}

const headers = { 'x-api-key': 'key', 'content-type': 'application/json' };
const batch = (count: number) => JSON.stringify(Array.from({ length: count }, (_, id) => sampleEvent(id)));
const send = (server: ReturnType<typeof serverWith>, body: string) =>
  server.inject({ method: 'POST', url: '/v1/events', headers, body });

test('more events than the rate allows are told when to come back, and those that fit go on', async () => {
  const server = serverWith();
  assert.equal((await send(server, batch(8))).statusCode, 200);
  const refused = await send(server, batch(5));
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.json().code, 'RATE_LIMIT');
  assert.equal(refused.headers['retry-after'], '3');
  assert.equal((await send(server, batch(2))).statusCode, 200, 'what was refused has taken nothing');
});

test('a request that the server cannot read is refused with the reason’s code alone', async () => {
  const server = serverWith();
  const refused = await server.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { ...headers, 'content-length': '5' },
    body: batch(1),
  });
  assert.equal(refused.statusCode, 400);
  const { code, message } = refused.json();
  assert.deepEqual([code, message], ['REQUEST_REFUSED', 'FST_ERR_CTP_INVALID_CONTENT_LENGTH']);
});

test('an id as long as any may be is asked back, however it is written in the path', async () => {
  const asked: string[] = [];
  const decisionsAbout = async (id: string) => {
    asked.push(id);
    return [];
  };
  const server = serverWith({ decisionsAbout });
  for (const [id, path] of [
    ['e'.repeat(longestEventId), 'e'.repeat(longestEventId)],
    [':'.repeat(longestEventId), '%3A'.repeat(longestEventId)],
  ] as const) {
    const answer = await server.inject({ method: 'GET', url: `/v1/events/${path}`, headers });
    assert.deepEqual([answer.statusCode, answer.json().code, asked.pop()], [404, 'EVENT_UNKNOWN', id]);
    assert.ok(envelopeSchema.shape.event_id.safeParse(id).success);
  }
  assert.ok(!envelopeSchema.shape.event_id.safeParse('e'.repeat(longestEventId + 1)).success);
});

test('a path that no route can have is refused like anything else, and not repeated', async () => {
  const server = serverWith();
  for (const [path, status, message] of [
    ['e'.repeat(longestEventId + 1), 414, 'FST_ERR_MAX_PARAM_LENGTH'],
    [`${'e'.repeat(20)}%zz`, 400, 'FST_ERR_BAD_URL'],
    [`${'e'.repeat(20)}%ff`, 400, 'FST_ERR_BAD_URL'],
  ] as const) {
    const url = `/v1/events/${path}`;
    const answer = await server.inject({ method: 'GET', url, headers });
    assert.equal(answer.statusCode, status);
    assert.deepEqual(refusalSchema.parse(answer.json()), {
      schema: 'fraud-platform/gate-refusal/v1',
      code: 'REQUEST_REFUSED',
      message,
    });
    assert.ok(!answer.body.includes('eeee'));
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const stranger = await server.inject({ method: 'GET', url });
    assert.deepEqual([stranger.statusCode, stranger.json().code], [401, 'KEY_REFUSED']);
  }
});

test('a database that does not answer makes every answer that needs it a 503, without a word of its error', async () => {
  const server = serverWith({ findScopes: gone, ping: gone, decisionsAbout: gone });
  const answers = [
    await send(server, batch(1)),
    await server.inject({ method: 'GET', url: '/v1/events/event-1', headers }),
    await server.inject({ method: 'GET', url: '/health' }),
  ];
  for (const answer of answers) {
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.json().code, 'DATABASE_UNAVAILABLE');
    assert.ok(!answer.body.includes('db.internal'));
  }
});

test('events whose commit nobody confirmed are neither admitted nor refused', async () => {
  const answer = await send(serverWith({ commit: new GroupCommit(gone, writes) }), batch(1));
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().code, 'DECISION_UNKNOWN');
  assert.ok(!answer.body.includes('db.internal'));
});

test('a gate whose port another program holds says so and ends', async () => {
  const holder = createServer();
  const port = await new Promise<number>((held) => {
    holder.listen(0, '127.0.0.1', () => {
      const address = holder.address();
      held(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });
  closers.push(async () => holder.close());
  await assert.rejects(
    async () =>
      gate({
        environment: 'local',
        secrets: {
          DATABASE_DSN: 'postgresql://gate:password@127.0.0.1:1/db?sslmode=verify-full',
          GATE_API_KEY: 'key',
        },
        port,
        signal: new AbortController().signal,
        log: () => undefined,
      } as never),
    (error) => refusedWith('PORT_TAKEN')(error) && /EADDRINUSE/.test(String(error)),
  );
});
