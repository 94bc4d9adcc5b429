/**
 * What one would write first to take events: a route with a schema, and one row inserted for each event. It answers
 * as the gate does, after the commit, with a decision for each event; it knows no run scope, no payload under
 * the same id, no pressure and no drain. Its settings stand in its environment; it prints its port.
 */
import { createHash } from 'node:crypto';
import fastify from 'fastify';
import { createPool } from '../../../../lib/database/connect.ts';
import { parseDsn } from '../../../../lib/database/dsn.ts';

const { PLAIN_DSN = '', PLAIN_AUTHORITIES = '', PLAIN_KEY = '' } = process.env;
const pool = createPool(
  { dsn: parseDsn(PLAIN_DSN, 'PLAIN_DSN'), authorities: PLAIN_AUTHORITIES, applicationName: 'plain' },
  10,
);

type Event = {
  readonly run_id: string;
  readonly event_type: string;
  readonly event_id: string;
  readonly ts_utc: string;
  readonly payload: object;
};
const event = {
  type: 'object',
  required: ['run_id', 'event_type', 'event_id', 'ts_utc', 'payload'],
  properties: {
    run_id: { type: 'string' },
    event_type: { type: 'string' },
    event_id: { type: 'string', maxLength: 128 },
    ts_utc: { type: 'string', format: 'date-time' },
    payload: { type: 'object' },
  },
};

const server = fastify({ bodyLimit: 4 * 1024 * 1024 });
server.post<{ Body: readonly Event[] }>(
  '/v1/events',
  { schema: { body: { type: 'array', items: event } } },
  async (request, reply) => {
    if (request.headers['x-api-key'] !== PLAIN_KEY) return reply.code(401).send({ error: 'key' });
    const decisions: { event_id: string; decision: string }[] = [];
    for (const one of request.body) {
      const digest = createHash('sha256').update(JSON.stringify(one.payload)).digest();
      const { rowCount } = await pool.query(
        `insert into plain.admissions (run_id, event_class, event_id, payload_sha256, ts_utc)
         values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [one.run_id, one.event_type, one.event_id, digest, one.ts_utc],
      );
      if (rowCount !== 1) {
        await pool.query(
          `insert into plain.rejections (run_id, event_class, event_id, payload_sha256, decision, reason)
           values ($1, $2, $3, $4, 'DUPLICATE', 'ALREADY_ADMITTED')`,
          [one.run_id, one.event_type, one.event_id, digest],
        );
      }
      decisions.push({ event_id: one.event_id, decision: rowCount === 1 ? 'ADMIT' : 'DUPLICATE' });
    }
    return { schema: 'fraud-platform/gate-answer/v1', decisions };
  },
);
console.log(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port);
process.on('SIGTERM', async () => {
  await server.close();
  await pool.end();
});
