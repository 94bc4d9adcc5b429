import { build } from 'hdr-histogram-js';
import { defineBench } from './definition.ts';
import { bodiesOf, freshEvents, type GateGround, prepareGate, removeGate, sendAll } from './gate/ground.ts';

const [perSecond, seconds, lanes] = [1_250, 4, 32];

/** Requests at a steady rate, each due at its own time whatever became of the others. */
export const bench = defineBench<GateGround>({
  name: 'gate-latency',
  what: `p99 in milliseconds of ${perSecond} single-event requests a second for ${seconds} s, from the intended time`,
  prepare: () => prepareGate(lanes),
  cleanUp: removeGate,
  subject: {
    kind: 'call',
    label: 'open loop at half the rate',
    call: async (ground) => {
      const bodies = bodiesOf(freshEvents(ground, perSecond * seconds), 1);
      const latency = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
      const origin = performance.now();
      const sent: Promise<void>[] = [];
      for (let at = 0; at < bodies.length; ) {
        const due = Math.floor(((performance.now() - origin) * perSecond) / 1_000) + 1;
        for (; at < Math.min(due, bodies.length); at += 1) {
          const intended = origin + (at * 1_000) / perSecond;
          sent.push(
            sendAll(ground, [bodies[at] ?? ''], 1, 'ADMIT').then(() =>
              latency.recordValue(Math.max(1, Math.round((performance.now() - intended) * 1_000))),
            ),
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await Promise.all(sent);
      return { measured: latency.getValueAtPercentile(99) / 1_000 };
    },
  },
  targets: [{ measure: 'measured', atMost: 50 }],
});
