import { defineBench } from './definition.ts';
import { prepareGround, removeGround, statesCommand } from './full-scale/ground.ts';

export const bench = defineBench({
  name: 'segment-chain',
  what: 'S0 to S5 at full scale with one scenario, one process, into an empty runs root',
  prepare: () => prepareGround([]),
  cleanUp: removeGround,
  subject: {
    kind: 'process',
    label: 'S0 to S5',
    command: (ground) => statesCommand(ground, ['S0', 'S1', 'S2', 'S3', 'S4', 'S5']),
  },
  targets: [{ measure: 'wallSeconds', atMost: 12 }],
});
