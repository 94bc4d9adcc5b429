import { build } from 'hdr-histogram-js';
import { defineBench } from './definition.ts';
import { bodiesOf, type EventService, freshEvents, gateServers, sendAll } from './gate/ground.ts';
import { type PlainGround, plainServers, preparePlain, removePlain } from './gate/plain-ground.ts';

const [perSecond, seconds, lanes] = [1_250, 4, 32];

/** p99 in milliseconds of requests at a steady rate, each due at its own time whatever became of the others. */
async function openLoop(ground: PlainGround, service: EventService): Promise<{ readonly measured: number }> {
  const bodies = bodiesOf(freshEvents(ground, perSecond * seconds), 1);
  const latency = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const origin = performance.now();
  const sent: Promise<void>[] = [];
  for (let at = 0; at < bodies.length; ) {
    const due = Math.floor(((performance.now() - origin) * perSecond) / 1_000) + 1;
    for (; at < Math.min(due, bodies.length); at += 1) {
      const intended = origin + (at * 1_000) / perSecond;
      sent.push(
        sendAll(service, [bodies[at] ?? ''], 1, 'ADMIT').then(() =>
          latency.recordValue(Math.max(1, Math.round((performance.now() - intended) * 1_000))),
        ),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
  return { measured: latency.getValueAtPercentile(99) / 1_000 };
}

export const bench = defineBench<PlainGround>({
  name: 'gate-latency',
  what: `${perSecond.toLocaleString('en')} single-event requests a second for ${seconds} s, each sent when it is due`,
  reading:
    'Both sides are sent the same load for the same time, so wall says nothing; CPU and the latency do.',
  measured: 'p99 in milliseconds from the intended time',
  prepare: () => preparePlain(lanes),
  cleanUp: removePlain,
  subject: {
    kind: 'call',
    label: 'the gate',
    servers: gateServers,
    call: (ground) => openLoop(ground, ground),
  },
  alternatives: [
    {
      kind: 'call',
      label: 'plain Fastify, a row an event',
      servers: plainServers,
      call: (ground) => openLoop(ground, ground.plain),
    },
  ],
  targets: [{ measure: 'measured', atMost: 50 }],
});
