import { defineBench } from './definition.ts';
import { bodiesOf, freshEvents, type GateGround, prepareGate, removeGate, sendAll } from './gate/ground.ts';

const [events, lanes, runs] = [10_000, 32, 8];

type Ground = GateGround & { readonly prepared: (readonly string[])[]; readonly sent: (readonly string[])[] };

/** One event a request; duplicates write a row each as well, and must not be dearer. */
export const bench = defineBench<Ground>({
  name: 'gate-singles',
  what: `${events} requests of one event over ${lanes} kept connections, fsync on, against the same as duplicates`,
  prepare: async () => {
    const ground = await prepareGate(lanes);
    const prepared = Array.from({ length: runs }, () => bodiesOf(freshEvents(ground, events), 1));
    return { ...ground, prepared, sent: [] };
  },
  cleanUp: removeGate,
  subject: {
    kind: 'call',
    label: 'duplicates',
    call: async (ground) => {
      const bodies = ground.sent.at(-1) ?? (await sendFresh(ground));
      const began = performance.now();
      await sendAll(ground, bodies, lanes, 'DUPLICATE');
      return { measured: (events * 1_000) / (performance.now() - began) };
    },
  },
  alternative: {
    kind: 'call',
    label: 'fresh events',
    call: async (ground) => {
      const began = performance.now();
      await sendFresh(ground);
      return { measured: (events * 1_000) / (performance.now() - began) };
    },
  },
  targets: [
    { measure: 'wallSeconds', atMost: events / 2_500 },
    { measure: 'ratio', atMost: 1 },
  ],
});

async function sendFresh(ground: Ground): Promise<readonly string[]> {
  const bodies = ground.prepared.pop();
  if (bodies === undefined) throw new Error('more runs than were prepared');
  await sendAll(ground, bodies, lanes, 'ADMIT');
  ground.sent.push(bodies);
  return bodies;
}
