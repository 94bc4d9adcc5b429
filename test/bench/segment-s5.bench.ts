import { defineBench } from './definition.ts';
import { prepareGround, removeGround, statesCommand } from './full-scale/ground.ts';

/** What judging every row costs beside making them. */
export const bench = defineBench({
  name: 'segment-s5',
  what: 'S5 at full scale, every one of 35,700,480 rows in three surfaces, against S4 that made them',
  ownSides: true,
  reading:
    'S5 computes every row again from profile, shape and calendar with an engine and code that S4 does not share, digests every file, and draws the witness sample.',
  prepare: () => prepareGround(['S0', 'S1', 'S2', 'S3', 'S4']),
  cleanUp: removeGround,
  subject: { kind: 'process', label: 'S5', command: (ground) => statesCommand(ground, ['S5']) },
  alternatives: [{ kind: 'process', label: 'S4', command: (ground) => statesCommand(ground, ['S4']) }],
  targets: [
    { measure: 'wallSeconds', atMost: 7 },
    { measure: 'peakBytes', atMost: 0.8 * 2 ** 30 },
  ],
});
