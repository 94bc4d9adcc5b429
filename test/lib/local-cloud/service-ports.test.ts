import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { drawPort, isFreePort, isReservable } from '../../../lib/local-cloud/loopback-port.ts';
import { choosePorts } from '../../../lib/local-cloud/service-ports.ts';

let folder: string;
let listening: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ports-'));
});
afterEach(async () => {
  listening?.close();
  listening = undefined;
  await rm(folder, { recursive: true, force: true });
});

const take = async (port: number) => {
  listening = createServer();
  await new Promise<void>((resolve) => listening?.listen({ host: '127.0.0.1', port }, resolve));
};
const choose = async (alive: boolean) =>
  (await choosePorts(folder, [{ name: 'gate', alive }])).get('gate') ?? 0;

test('a service keeps its port, out of reach of outgoing connections, from one start to the next', async () => {
  const first = await choose(false);
  assert.ok(isReservable(first));
  assert.ok(first < 32_768, 'Linux gives outgoing connections ports from here on');
  assert.equal(await choose(false), first);
  assert.equal(await readFile(join(folder, 'gate.port'), 'utf8'), String(first));
});

test('a port that somebody took is replaced, unless a task of the service holds it itself', async () => {
  const first = await choose(false);
  await take(first);
  assert.equal(await isFreePort(first), false);
  assert.equal(await choose(true), first);
  const second = await choose(false);
  assert.notEqual(second, first);
  assert.ok(isReservable(second));
});

test('a port that outgoing connections may take is given up when nobody holds it', async () => {
  await writeFile(join(folder, 'gate.port'), '45001');
  assert.equal(await choose(true), 45_001);
  assert.ok(isReservable(await choose(false)));
});

test('a drawn port is free', async () => {
  const port = await drawPort();
  assert.ok(port !== undefined && (await isFreePort(port)));
});
