import type { CommandContext } from '../../../bin/commands/command-context.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import type { FaultyStore } from './faulty-store.ts';
import type { Ended, Played } from './played.ts';
import type { WireProxy } from './wire-proxy.ts';

/** What really happened, as those know it who ran it. */
export type TrueStory = Pick<Played, 'truth' | 'launches' | 'violations' | 'asked' | 'status' | 'complaints'>;

/** A cloud, the wire to it with its faults, and an operator at its end. */
export type Ground = {
  readonly proxy: WireProxy;
  readonly store: FaultyStore;
  readonly environment: OperatorEnvironment;
  /** Runs one command of the operator to its end. */
  readonly command: (name: string, run: (context: CommandContext) => Promise<number>) => Promise<Ended>;
  /** Launches what the schedule is about, and follows it to its end. */
  readonly launch: (context: CommandContext) => Promise<number>;
  /** Whether launching again is the same wish again, by the name of its execution. */
  readonly isLaunchNamed: boolean;
  /** The name of the one execution that was meant to start, from its intent. */
  readonly startedExecution: () => Promise<string | undefined>;
  /** Resolves when executions and tasks have ended and every event has come that is on its way. */
  readonly whenOver: () => Promise<void>;
  readonly tell: (execution: string | undefined) => Promise<TrueStory>;
};
