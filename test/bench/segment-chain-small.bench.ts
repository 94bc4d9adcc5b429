import { besideEngines } from './chain/beside-engines.ts';
import { defineBench } from './definition.ts';

export const bench = defineBench({
  name: 'segment-chain-small',
  what: 'S0 to S5 of a small world with one scenario (979,508 rows), one process, into an empty runs root',
  ...besideEngines('small'),
  quick: true,
});
