import { besideEngines } from './chain/beside-engines.ts';
import { defineBench } from './definition.ts';

export const bench = defineBench({
  name: 'segment-chain-medium',
  what: 'S0 to S5 of a medium world with one scenario (9,408,098 rows), one process, into an empty runs root',
  ...besideEngines('medium'),
});
