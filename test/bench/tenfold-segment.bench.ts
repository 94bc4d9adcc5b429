import { defineBench } from './definition.ts';
import type { FullScaleGround } from './full-scale/ground.ts';
import { prepareGround, removeGround, statesCommand } from './full-scale/ground.ts';

const states = ['S0', 'S1', 'S2', 'S3', 'S4', 'S5'] as const;

/** Memory is bounded by the batch, time grows with the rows: 357 million of them against 35.7 million. */
export const bench = defineBench<{ readonly small: FullScaleGround; readonly large: FullScaleGround }>({
  name: 'tenfold-segment',
  what: 'S0 to S5 with ten times the merchants of a full world, against a full world',
  ownSides: true,
  reading:
    'Ten times the rows in ten times the time is the best there is; memory follows the batch, not the world.',
  prepare: async () => ({ small: await prepareGround([]), large: await prepareGround([], '8860') }),
  cleanUp: async ({ small, large }) => {
    await removeGround(small);
    await removeGround(large);
  },
  subject: {
    kind: 'process',
    label: '8,860 merchants',
    command: ({ large }) => statesCommand(large, states),
  },
  alternatives: [
    {
      kind: 'process',
      label: '886 merchants',
      command: ({ small }) => statesCommand(small, states),
    },
  ],
  targets: [
    { measure: 'wallRatio', atMost: 10.5 },
    { measure: 'peakRatio', atMost: 1.25 },
  ],
  runs: 2,
  warm: true,
});
