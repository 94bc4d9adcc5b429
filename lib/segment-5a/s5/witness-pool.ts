import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { fail } from '../../vocabulary/failure.ts';
import { bottomSample, compareRows, type WitnessPair, type WitnessRow } from './witness.ts';

/** What a worker is given: some of the pairs, numbered from `first` on. */
export type WitnessShare = {
  readonly pairs: readonly WitnessPair[];
  readonly first: number;
  readonly buckets: number;
  readonly prefix: string;
  readonly size: number;
};

/** A thread takes as long to start as some millions of rows take to hash, and that much more memory. */
const rowsWorthThreads = 4_000_000;
const threads = 2;

/** `bottomSample`, on threads of its own where there are rows enough; the same rows in the same order. */
export async function sampleRows(
  pairs: readonly WitnessPair[],
  buckets: number,
  prefix: string,
  size: number,
): Promise<readonly WitnessRow[]> {
  const worthThreads = pairs.length * buckets >= rowsWorthThreads;
  return await (worthThreads ? sampleInWorkers : bottomSample)(pairs, buckets, prefix, size);
}

/** `bottomSample` on two threads. */
export async function sampleInWorkers(
  pairs: readonly WitnessPair[],
  buckets: number,
  prefix: string,
  size: number,
): Promise<readonly WitnessRow[]> {
  const each = Math.ceil(pairs.length / threads);
  const shares = Array.from({ length: threads }, (_, index): WitnessShare => {
    const first = index * each;
    return { pairs: pairs.slice(first, first + each), first, buckets, prefix, size };
  });
  const parts = await Promise.all(shares.map(sampleShare));
  return parts
    .flat()
    .sort((one, other) => compareRows(pairs, one, other))
    .slice(0, size);
}

async function sampleShare(share: WitnessShare): Promise<readonly WitnessRow[]> {
  const worker = new Worker(new URL('./witness-worker.ts', import.meta.url), { workerData: share });
  try {
    const [rows] = await once(worker, 'message');
    if (Array.isArray(rows)) return rows;
    return fail({
      exit: 'internal',
      code: 'S5_INTERNAL_INVARIANT_VIOLATION',
      message: 'a witness thread answered with something else than rows',
      remedy: 'This is a defect of S5; report it.',
    });
  } finally {
    await worker.terminate();
  }
}
