import type { Frontier } from '../../lib/burst/frontier.ts';
import { WakeUp } from './wake-up.ts';

/** The frontier is durable no later than this many events or milliseconds behind. */
const mostEventsBehind = 100;
const mostMillisBehind = 1_000;

export type CheckpointKeeper = {
  /** The frontier moved. */
  readonly moved: () => void;
  /** Writes what is left and ends; rejects with what kept a checkpoint from being written. */
  readonly finish: () => Promise<void>;
  /** Frontiers that were written. */
  readonly written: () => number;
  /** Longest time between two of them, the beginning and the end included; milliseconds. */
  readonly longestStall: () => number;
};

/**
 * Writes the frontier one at a time: when a hundred events or a second have passed, and at the end. A
 * write that fails ends the keeping, and `onLost` is called: a lane that cannot say how far it came must
 * not go on.
 */
export function keepCheckpoint(
  frontier: Frontier,
  write: (frontier: number) => Promise<void>,
  onLost: () => void,
  now: () => number,
): CheckpointKeeper {
  const start = frontier.at;
  let durable = start;
  let writes = 0;
  let finishing = false;
  let lastWrite = now();
  let longest = 0;
  const wakeUp = new WakeUp();
  const run = async () => {
    for (;;) {
      const behind = frontier.at - durable;
      const since = now() - lastWrite;
      if (behind >= mostEventsBehind || (behind > 0 && (finishing || since >= mostMillisBehind))) {
        const reached = frontier.at;
        await write(reached);
        durable = reached;
        writes += 1;
        longest = Math.max(longest, now() - lastWrite);
        lastWrite = now();
      } else if (finishing) {
        return;
      } else {
        await wakeUp.wait(behind > 0 ? Math.max(1, mostMillisBehind - since) : mostMillisBehind);
      }
    }
  };
  let lost: unknown;
  const running = run().catch((error: unknown) => {
    lost = error;
    onLost();
  });
  return {
    moved: () => {
      if (frontier.at - durable >= mostEventsBehind) wakeUp.wake();
    },
    finish: async () => {
      finishing = true;
      wakeUp.wake();
      await running;
      longest = Math.max(longest, now() - lastWrite);
      if (lost !== undefined) throw lost;
    },
    written: () => writes,
    longestStall: () => longest,
  };
}
