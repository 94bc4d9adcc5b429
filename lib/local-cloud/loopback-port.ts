import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const loopback = '127.0.0.1';

/**
 * Below the ports that kernels give to outgoing connections (Linux from 32768, others from 49152): a service
 * that is down keeps its port by not using it, and there any connection of this machine could take it.
 */
const lowest = 20_000;
const highest = 29_999;
const attempts = 100;

/** Whether a port is one that `drawPort` gives. */
export function isReservable(port: number): boolean {
  return port >= lowest && port <= highest;
}

/** Whether nobody listens on a port now. */
export async function isFreePort(port: number, host = loopback): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that is free and that no outgoing connection will take; `undefined` when none was found. */
export async function drawPort(host = loopback): Promise<number | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowest, highest + 1);
    if (await isFreePort(port, host)) return port;
  }
  return undefined;
}
