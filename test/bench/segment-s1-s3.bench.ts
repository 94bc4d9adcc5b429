import { defineBench } from './definition.ts';
import { prepareGround, removeGround, statesCommand } from './full-scale/ground.ts';

export const bench = defineBench({
  name: 'segment-s1-s3',
  what: 'S1, S2 and S3 at full scale in one process',
  prepare: () => prepareGround(['S0']),
  cleanUp: removeGround,
  subject: {
    kind: 'process',
    label: 'S1 to S3',
    command: (ground) => statesCommand(ground, ['S1', 'S2', 'S3']),
  },
  targets: [{ measure: 'wallSeconds', atMost: 3 }],
});
