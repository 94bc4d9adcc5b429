import { fileURLToPath } from 'node:url';
import { defineBench } from './definition.ts';
import { prepareGround, removeGround, statesCommand } from './full-scale/ground.ts';

const floor = fileURLToPath(new URL('full-scale/write-surfaces-floor.ts', import.meta.url));

/** What S4 costs beside the writing alone, were it left to polars. */
export const bench = defineBench({
  name: 'segment-s4',
  what: 'S4 at full scale, 35,700,480 rows in three surfaces, against polars writing them from ready columns',
  reading:
    'The other side lays out keys and values and leaves the encoding to polars: no baseline, no calendar, no digests. S4 encodes repeated keys once.',
  prepare: () => prepareGround(['S0', 'S1', 'S2', 'S3']),
  cleanUp: removeGround,
  subject: { kind: 'process', label: 'S4', command: (ground) => statesCommand(ground, ['S4']) },
  alternatives: [
    {
      kind: 'process',
      label: 'polars writes three surfaces from ready columns',
      command: () => ({ file: process.execPath, args: [floor], env: { PATH: process.env.PATH ?? '' } }),
    },
  ],
  targets: [
    { measure: 'wallSeconds', atMost: 5 },
    { measure: 'peakBytes', atMost: 0.6 * 2 ** 30 },
  ],
});
