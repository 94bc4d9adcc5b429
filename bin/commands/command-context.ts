import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import type { Output } from '../terminal/output.ts';

/** What every command gets from the program around it. */
export type CommandContext = {
  readonly output: Output;
  /**
   * Opens the environment of `--env`. The local one is brought up when it is not, and its database is
   * migrated when `migrated` asks for it: a command that only looks asks for nothing.
   */
  readonly openEnvironment: (need?: { readonly migrated: boolean }) => Promise<OperatorEnvironment>;
  readonly environmentName: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => number;
};
