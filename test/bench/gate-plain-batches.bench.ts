import { besidePlain } from './gate/beside-plain.ts';

/** The gate beside what one would write first, where that loses: a batch is as many statements as events. */
export const bench = besidePlain({
  name: 'gate-plain-batches',
  reading:
    'The plain server waits for each row of a batch before it inserts the next; the gate sends the rows of a batch, and of those that wait with it, in one statement.',
  quick: false,
  events: 10_000,
  batch: 500,
  lanes: 6,
});
