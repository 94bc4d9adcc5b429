import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fail, messageOf } from '../../vocabulary/failure.ts';
import { drawPort, isFreePort } from '../loopback-port.ts';

/**
 * The port in a file when it is free on an address, else another one. Throws `NO_FREE_PORT` (75) with what the
 * system says when there is none.
 */
export async function choosePort(host: string, portFile: string): Promise<number> {
  const last = Number(await readFile(portFile, 'utf8').catch(() => '0'));
  if (last > 0 && (await isFreePort(last, host))) return last;
  const drawn = await drawPort(host);
  if (drawn !== undefined) return drawn;
  return await tryPort(host, 0).catch((error: unknown) =>
    fail(
      {
        exit: 'transient',
        code: 'NO_FREE_PORT',
        message: `no port can be had on ${host}: ${messageOf(error)}`,
        where: host,
        remedy: 'Close programs that listen on loopback, then run again.',
      },
      error,
    ),
  );
}

async function tryPort(host: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const chosen = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(chosen));
    });
  });
}
