import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';

/**
 * What the network does to a connection through the proxy. `carry`: nothing. `swallow`: bytes go nowhere
 * in either direction, and nobody is told (a half-open connection). `lose-replies`: requests arrive,
 * answers do not. `refuse`: new connections are reset.
 */
export type Weather = 'carry' | 'swallow' | 'lose-replies' | 'refuse';

type Pair = { readonly near: Socket; readonly far: Socket; frozen: boolean };

export type TcpProxy = {
  readonly port: number;
  readonly weather: (weather: Weather) => void;
  /** Every connection that is open now swallows for ever; new ones feel the weather. */
  readonly freeze: () => void;
  /** What the far side says from now on arrives so many milliseconds later, in order. */
  readonly delayReplies: (millis: number) => void;
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
  let replyDelay = 0;
  const pairs = new Set<Pair>();
  const server: Server = createServer((near) => {
    taken += 1;
    near.on('error', () => near.destroy());
    if (now === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connectTcp({ host: '127.0.0.1', port: targetPort });
    const pair: Pair = { near, far, frozen: false };
    pairs.add(pair);
    const weather = () => (pair.frozen ? 'swallow' : now);
    far.on('error', () => near.destroy());
    near.on('data', (chunk) => {
      if (weather() !== 'swallow') far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (weather() !== 'carry') return;
      // Timers of the same length fire in the order in which they were set.
      if (replyDelay > 0) setTimeout(() => near.write(chunk), replyDelay);
      else near.write(chunk);
    });
    // In a storm nobody hears of an end either.
    near.on('close', () => {
      pairs.delete(pair);
      far.destroy();
    });
    far.on('close', () => {
      if (weather() === 'carry' || weather() === 'refuse') near.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const reset = () => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  return {
    port: address.port,
    weather: (weather) => {
      now = weather;
    },
    freeze: () => {
      for (const pair of pairs) pair.frozen = true;
    },
    delayReplies: (millis) => {
      replyDelay = millis;
    },
    reset,
    taken: () => taken,
    close: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
