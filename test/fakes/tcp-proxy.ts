import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';

/**
 * What the network does to a connection through the proxy. `carry`: nothing. `swallow`: bytes go nowhere
 * in either direction, and nobody is told (a half-open connection). `lose-replies`: requests arrive,
 * answers do not. `refuse`: new connections are reset.
 */
export type Weather = 'carry' | 'swallow' | 'lose-replies' | 'refuse';

export type TcpProxy = {
  readonly port: number;
  readonly weather: (weather: Weather) => void;
  /** Resets every connection that is open now. */
  readonly reset: () => void;
  /** Connections taken so far. */
  readonly taken: () => number;
  readonly close: () => Promise<void>;
};

/** A proxy on loopback in front of a port; connections opened before a change of weather feel it too. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  let now: Weather = 'carry';
  let taken = 0;
  const pairs = new Set<readonly [Socket, Socket]>();
  const server: Server = createServer((near) => {
    taken += 1;
    near.on('error', () => near.destroy());
    if (now === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connectTcp({ host: '127.0.0.1', port: targetPort });
    const pair = [near, far] as const;
    pairs.add(pair);
    far.on('error', () => near.destroy());
    near.on('data', (chunk) => {
      if (now !== 'swallow') far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (now === 'carry') near.write(chunk);
    });
    // In a storm nobody hears of an end either.
    near.on('close', () => {
      pairs.delete(pair);
      far.destroy();
    });
    far.on('close', () => {
      if (now === 'carry' || now === 'refuse') near.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const reset = () => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  return {
    port: address.port,
    weather: (weather) => {
      now = weather;
    },
    reset,
    taken: () => taken,
    close: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
