import { defineBench } from './definition.ts';
import {
  type GateGround,
  gateServers,
  prepareGate,
  removeGate,
  sendAll,
  withFreshBodies,
} from './gate/ground.ts';

const [events, lanes] = [10_000, 32];
const makeBodies = withFreshBodies(events, 1);

type Ground = GateGround & { readonly sent: (readonly string[])[] };

/** One event a request; duplicates write a row each as well, and must not be dearer. */
export const bench = defineBench<Ground>({
  name: 'gate-singles',
  measured: 'events a second',
  ownSides: true,
  reading:
    'A duplicate is looked up and written into another table; a fresh event is inserted. A producer that repeats itself must not cost much more than one that does not.',
  what: `${events.toLocaleString('en')} requests of one event over ${lanes} kept connections, fsync on, against the same as duplicates`,
  prepare: async () => {
    const ground = await prepareGate(lanes);
    return { ...ground, sent: [] };
  },
  cleanUp: removeGate,
  subject: {
    kind: 'call',
    label: 'duplicates',
    servers: gateServers,
    beforehand: async (ground) => {
      if (ground.sent.length > 0) return;
      makeBodies(ground);
      await sendFresh(ground);
    },
    call: async (ground) => {
      const bodies = ground.sent.at(-1) ?? [];
      const began = performance.now();
      await sendAll(ground, bodies, lanes, 'DUPLICATE');
      return { measured: (events * 1_000) / (performance.now() - began) };
    },
  },
  alternatives: [
    {
      kind: 'call',
      label: 'fresh events',
      servers: gateServers,
      beforehand: makeBodies,
      call: async (ground) => {
        const began = performance.now();
        await sendFresh(ground);
        return { measured: (events * 1_000) / (performance.now() - began) };
      },
    },
  ],
  targets: [
    { measure: 'wallSeconds', atMost: events / 2_500 },
    { measure: 'wallRatio', atMost: 1 },
  ],
});

async function sendFresh(ground: Ground): Promise<void> {
  await sendAll(ground, ground.bodies, lanes, 'ADMIT');
  ground.sent.push(ground.bodies);
}
