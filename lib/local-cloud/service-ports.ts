import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { writeWhole } from '../files/write-whole.ts';

/**
 * The TCP port of each service of a home, the same from one start of the cloud to the next: tasks that
 * live through a restart have it in their environment. A port that somebody else took meanwhile is
 * replaced, unless a task of the service still lives, which then holds it itself.
 */
export async function choosePorts(
  folder: string,
  services: readonly { readonly name: string; readonly alive: boolean }[],
): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>();
  for (const { name, alive } of services) {
    const file = join(folder, `${name}.port`);
    const known = Number(await readFile(file, 'utf8').catch(() => ''));
    const keep = known > 0 && (alive || (await isFree(known)));
    const port = keep ? known : await freePort();
    if (!keep) {
      await mkdir(dirname(file), { recursive: true });
      await writeWhole(file, String(port), { replace: true, mode: 0o600 });
    }
    ports.set(name, port);
  }
  return ports;
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
        else resolve(address.port);
      });
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
