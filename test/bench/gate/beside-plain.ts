import { type Bench, defineBench } from '../definition.ts';
import { gateServers, sendAll, withFreshBodies } from './ground.ts';
import { type PlainGround, plainServers, preparePlain, removePlain, requireRows } from './plain-ground.ts';

export type PlainComparison = {
  readonly name: string;
  readonly reading: string;
  readonly quick: boolean;
  readonly events: number;
  /** Events a request. */
  readonly batch: number;
  readonly lanes: number;
};

/** The gate and the plain server, each sent as many fresh events in the same way; each must have as many rows. */
export function besidePlain({ events, batch, lanes, ...text }: PlainComparison): Bench {
  const sendTo = (side: 'gate' | 'plain') => async (ground: PlainGround) => {
    ground.expected[side] += events;
    const began = performance.now();
    await sendAll(side === 'gate' ? ground : ground.plain, ground.bodies, lanes, 'ADMIT');
    return { measured: (events * 1_000) / (performance.now() - began) };
  };
  const common = { kind: 'call', beforehand: withFreshBodies(events, batch) } as const;
  const each = batch === 1 ? 'one a request' : `in batches of ${batch}`;
  return defineBench<PlainGround>({
    ...text,
    what: `${events.toLocaleString('en')} fresh events, ${each}, over ${lanes} kept connections, fsync on`,
    measured: 'events a second',
    prepare: () => preparePlain(lanes),
    cleanUp: removePlain,
    subject: {
      ...common,
      label: 'the gate',
      servers: gateServers,
      call: sendTo('gate'),
      afterwards: (ground) => requireRows(ground, 'gate'),
    },
    alternatives: [
      {
        ...common,
        label: 'plain Fastify, a row an event',
        servers: plainServers,
        call: sendTo('plain'),
        afterwards: (ground) => requireRows(ground, 'plain'),
      },
    ],
  });
}
