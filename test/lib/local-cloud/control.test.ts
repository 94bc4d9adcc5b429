import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type CloudStatus,
  controlAddress,
  ensureLocalCloud,
  stopLocalCloud,
} from '../../../lib/local-cloud/control.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-'));
  // Run as root, PostgreSQL is another user and must be able to pass through.
  await chmod(home, 0o711);
});
after(() => rm(home, { recursive: true, force: true }));

/** Holds the control address of the home, and says of itself what a cloud would. */
async function stubbornCloud(
  state: CloudStatus['state'],
  answered: (server: Server) => void,
): Promise<Server> {
  const status: CloudStatus = {
    state,
    pid: process.pid,
    port: 1,
    started_at: '2026-02-21T02:12:59.915Z',
    version: 'test',
    home,
    running_executions: 0,
    running_tasks: 0,
    postgres: null,
    failure: null,
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume().on('end', () => {
      socket.end(JSON.stringify(status));
      answered(server);
    });
  });
  await new Promise<void>((resolve) => server.listen({ path: controlAddress(home) }, resolve));
  return server;
}

const refused = (code: string, exitCode: number, told: RegExp) => (error: unknown) => {
  assert.ok(isPlatformError(error), String(error));
  assert.deepEqual([error.failure.code, error.exitCode], [code, exitCode]);
  assert.match(error.failure.message, told);
  return true;
};

test('a cloud that dies while it comes up is told as one that did not start, with the end of its log', async () => {
  await stubbornCloud('starting', (server) => server.close());
  await assert.rejects(
    ensureLocalCloud(home),
    refused('LOCAL_CLOUD_DID_NOT_START', exitCodes.internal, /did not start/),
  );
});

test('a cloud that says it will end, and does not, is not taken for gone', async () => {
  const server = await stubbornCloud('ready', () => undefined);
  await assert.rejects(
    stopLocalCloud(home, true, 60),
    refused('LOCAL_CLOUD_DID_NOT_STOP', exitCodes.transient, new RegExp(`process ${process.pid}`)),
  );
  await new Promise((resolve) => server.close(resolve));
});

test('when a cloud was stopped its process is gone, not its address alone', async () => {
  for (let round = 0; round < 2; round += 1) {
    const { status } = await ensureLocalCloud(home, { fsync: false });
    assert.equal(await stopLocalCloud(home, true), true);
    assert.equal(await readFile(`/proc/${status.pid}/cmdline`, 'utf8').catch(() => ''), '');
  }
  assert.equal(await stopLocalCloud(home, true), false, 'none runs');
});
