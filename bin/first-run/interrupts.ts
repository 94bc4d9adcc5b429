import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';

export type Interrupts = {
  /** Aborts on the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly release: () => void;
};

/** How long the end may take that the first Ctrl-C asks for. */
const patienceMillis = 30_000;

/**
 * The first Ctrl-C ends what runs in order; the second, or a first one that nothing comes of, leaves at once:
 * what runs then ends by itself, and the next `npm start` takes it up.
 */
export function holdInterrupts(): Interrupts {
  const interrupt = new AbortController();
  const leave = () => {
    process.stderr.write('\nleft at once; what still runs ends by itself, and npm start takes it up\n');
    process.exit(exitCodes.stopped);
  };
  const onSignal = () => {
    if (interrupt.signal.aborted) leave();
    interrupt.abort(new Error('interrupted'));
    setTimeout(leave, patienceMillis).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: interrupt.signal,
    release: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
