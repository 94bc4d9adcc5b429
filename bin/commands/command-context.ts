import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import type { Output } from '../terminal/output.ts';

/** What every command gets from the program around it. */
export type CommandContext = {
  readonly output: Output;
  /** Opens the environment of `--env`; brings the local one up when it is not. */
  readonly openEnvironment: () => Promise<OperatorEnvironment>;
  readonly environmentName: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => number;
};
