import { besidePlain } from './gate/beside-plain.ts';

/** The gate beside what one would write first, where that is at its best: one event a request. */
export const bench = besidePlain({
  name: 'gate-plain-singles',
  reading:
    'The plain server checks a schema and inserts a row; the gate also judges run scope and window, digests the payload canonically, and gathers the rows of several requests in one statement.',
  quick: true,
  events: 10_000,
  batch: 1,
  lanes: 32,
});
