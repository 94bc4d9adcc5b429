import { besideEngines } from './chain/beside-engines.ts';
import { defineBench } from './definition.ts';

export const bench = defineBench({
  name: 'segment-chain',
  what: 'S0 to S5 at full scale with one scenario (110,595,568 rows), one process, into an empty runs root',
  ...besideEngines('full'),
  // What the polars program takes, and as much again as the others and the system need.
  needsBytes: 17 * 2 ** 30,
  runs: 3,
  targets: [
    { measure: 'wallSeconds', atMost: 12 },
    { measure: 'cpuRatio', atMost: 0.5 },
    { measure: 'peakRatio', atMost: 0.5 },
  ],
});
