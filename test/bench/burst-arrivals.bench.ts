import { join } from 'node:path';
import { type ArrivalStream, openArrivals } from '../../lib/burst/arrivals/arrival-stream.ts';
import { openSealedSurface } from '../../lib/burst/arrivals/sealed-surface.ts';
import { defineBench } from './definition.ts';
import { type FullScaleGround, prepareGround, removeGround } from './full-scale/ground.ts';

const events = 1_000_000;

type Ground = FullScaleGround & { readonly arrivals: ArrivalStream };

/** Arrivals of a full world, drawn, named by their hash and timed; what a lane does before it sends. */
export const bench = defineBench<Ground>({
  name: 'burst-arrivals',
  what: `the first ${events.toLocaleString('en')} arrivals of a full world in time order, ids and all`,
  prepare: async () => {
    const ground = await prepareGround(['S0', 'S1', 'S2', 'S3', 'S4', 'S5']);
    const surface = await openSealedSurface(join(ground.runsRoot, ground.runId), 'baseline_v1');
    return { ...ground, arrivals: await openArrivals(surface, ground.root) };
  },
  cleanUp: async (ground) => {
    await ground.arrivals.close();
    await removeGround(ground);
  },
  subject: {
    kind: 'call',
    label: 'one lane, all its arrivals',
    call: async ({ arrivals }) => {
      const began = performance.now();
      let drawn = 0;
      for await (const batch of arrivals.lane(0, 1)) {
        drawn += batch.length;
        if (drawn >= events) break;
      }
      return { measured: (drawn * 1_000) / (performance.now() - began) };
    },
  },
  measured: 'arrivals a second',
  targets: [{ measure: 'wallSeconds', atMost: events / 500_000 }],
});
