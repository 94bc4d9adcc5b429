import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { healthCommand } from '../../config/names.ts';

const root = join(import.meta.dirname, '..', '..');
async function askedAt(port: string): Promise<unknown> {
  const [, program] = healthCommand;
  const child = spawn(process.execPath, [program], { cwd: root, env: { PORT: port }, stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  return code;
}

for (const [status, code] of [
  [200, 0],
  [503, 1],
] as const) {
  test(`a service that answers ${status} is asked with exit ${code}`, async () => {
    const paths: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(status).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      assert.equal(await askedAt(String((server.address() as AddressInfo).port)), code);
      assert.deepEqual(paths, ['/health']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}

test('nobody there, and no port at all, is not well', async () => {
  assert.equal(await askedAt('1'), 1);
  assert.equal(await askedAt(''), 1);
});
