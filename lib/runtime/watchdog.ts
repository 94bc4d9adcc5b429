import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';

const ended = 1;

/**
 * Ends the process when its main thread cannot: a thread of its own waits, on the monotonic clock, and
 * sends SIGKILL when the time is over. It needs no event loop on either side, so neither a blocked
 * main thread nor a jumping wall clock can delay it.
 *
 * Returns the function that calls the watchdog off; call it last.
 */
export function startWatchdog(millis: number): () => void {
  const state = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: { state, millis } });
  worker.unref();
  return () => {
    Atomics.store(state, 0, ended);
    Atomics.notify(state, 0);
  };
}

if (!isMainThread) {
  const watch = z.object({ state: z.instanceof(Int32Array), millis: z.number() }).safeParse(workerData);
  if (watch.success && Atomics.wait(watch.data.state, 0, 0, watch.data.millis) === 'timed-out') {
    const line = {
      time: new Date().toISOString(),
      event: 'watchdog-kill',
      reason: 'outlived deadline and grace',
    };
    writeSync(2, `${JSON.stringify(line)}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}
