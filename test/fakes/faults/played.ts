import type { Pace } from '../../../lib/operator/pace.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import type { FaultyStore } from './faulty-store.ts';
import type { TrueLaunch } from './truth.ts';
import type { WireProxy } from './wire-proxy.ts';

/** Name of the command that is given a second time, in fair weather, when its first time started nothing. */
export const launchedAgain = 'launch again';

/** How one command of the operator ended. */
export type Ended = {
  readonly command: string;
  readonly exitCode: number;
  /** Without the time in which this process could not run. */
  readonly seconds: number;
  /** PASS, FAIL or INDETERMINATE, when it reported a verdict. */
  readonly verdict: string | undefined;
  readonly cause: string | undefined;
  /** Code and message, when it failed to report one. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly said: readonly string[];
};

/** Everything about a schedule that was played, for the judge of it. */
export type Played = {
  readonly schedule: FaultSchedule;
  /** At which it was played. */
  readonly pace: Pace;
  readonly commands: readonly Ended[];
  readonly truth: 'pass' | 'failure';
  readonly launches: readonly TrueLaunch[];
  readonly violations: readonly string[];
  /** Launches that the state machine asked for, in their order. */
  readonly asked: readonly string[];
  /** How the execution really ended; `undefined` when it was never started. */
  readonly status: string | undefined;
  readonly sealed: string | undefined;
  readonly complaints: readonly string[];
  readonly wire: ReturnType<WireProxy['counts']>;
  readonly store: ReturnType<FaultyStore['counts']>;
  /** Milliseconds in which this process could not run: an outage that nobody has drawn. */
  readonly stalledMillis: number;
};
