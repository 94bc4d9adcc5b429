import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { openGate } from '../../../tasks/burst/gate-client.ts';
import { refusedWith } from '../../support/refused-with.ts';

let status = 503;
const server = createServer((_request, response) => response.writeHead(status).end());
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => server.close());
const address = server.address();
assert.ok(typeof address === 'object' && address !== null);
const url = `http://127.0.0.1:${address.port}`;
const never = new AbortController().signal;

test('a gate that stays unhealthy is given up in time, with what it said', async ({ mock }) => {
  let minutes = 0;
  // A clock on which every look at it is a minute later: nobody waits two minutes for this.
  mock.method(performance, 'now', () => {
    minutes += 1;
    return minutes * 60_000;
  });
  await assert.rejects(
    () => openGate(url, 'key', 1, never),
    (error) => refusedWith('GATE_NOT_HEALTHY')(error) && /it answers 503/.test(String(error)),
  );
});

test('a gate that comes up while it is asked is used', async () => {
  setTimeout(() => {
    status = 200;
  }, 60);
  const client = await openGate(url, 'key', 1, never);
  await client.close();
  assert.equal(status, 200);
});

test('whoever stops waiting is not told that the gate is unhealthy', async () => {
  status = 503;
  const stop = AbortSignal.timeout(80);
  await assert.rejects(
    () => openGate(url, 'key', 1, stop),
    (error) => error === stop.reason || (error instanceof Error && error.name === 'AbortError'),
  );
});
