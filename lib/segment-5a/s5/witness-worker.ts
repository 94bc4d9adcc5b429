import { parentPort, workerData } from 'node:worker_threads';
import { bottomSample } from './witness.ts';
import type { WitnessShare } from './witness-pool.ts';

/** Thread of `sampleInWorkers`: samples its share and tells the rows under the numbers of the whole. */
const { pairs, first, buckets, prefix, size }: WitnessShare = workerData;
parentPort?.postMessage(
  bottomSample(pairs, buckets, prefix, size).map((row) => ({ ...row, pair: row.pair + first })),
);
