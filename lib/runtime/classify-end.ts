import { type ExitName, exitCodes } from '../vocabulary/exit-codes.ts';
import { type Failure, failureOf } from '../vocabulary/failure.ts';
import type { JsonObject } from '../vocabulary/json.ts';
import type { StopReason, TaskOutcome } from './task-program.ts';

/** How the program ended, as seen by the runtime. */
export type ProgramEnd =
  | { readonly kind: 'returned'; readonly outcome: TaskOutcome }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** Asked to stop, it used up its grace without returning. */
  | { readonly kind: 'overran'; readonly reason: StopReason };

export type LaunchEnd = {
  readonly outcome: 'done' | 'failed' | 'deadline' | 'stopped';
  readonly exitCode: number;
  readonly output: JsonObject | null;
  readonly failure: Failure | null;
};

/**
 * Pure: what a program's end means. A program that returns has done what it planned, even after a stop
 * was asked for (a burst whose plan is to run until its time is over). One that throws because of the
 * stop ended by it: 124 for the deadline, 143 for a request. A failure of its own counts as such, also
 * during a stop.
 */
export function classifyEnd(end: ProgramEnd, stopReason: StopReason | undefined): LaunchEnd {
  switch (end.kind) {
    case 'returned': {
      const { output, endedBy, failure } = end.outcome;
      if (failure !== undefined) {
        return failed(failure, output);
      }
      if (endedBy !== undefined) return { ...stopped(endedBy, `ended by ${describe(endedBy)}`), output };
      return { outcome: 'done', exitCode: exitCodes.done, output, failure: null };
    }
    case 'overran':
      return stopped(end.reason, `did not end within its grace after ${describe(end.reason)}`);
    case 'threw': {
      if (stopReason !== undefined && isConsequenceOf(stopReason, end.error)) {
        return stopped(stopReason, `ended by ${describe(stopReason)}`);
      }
      return failed(failureOf(end.error), null);
    }
  }
}

/** A failure quotes what came from elsewhere, cut anywhere; of ill-formed text no result could be written. */
function failed(failure: Failure, output: JsonObject | null): LaunchEnd {
  const { exit, message, where, value } = failure;
  return {
    outcome: 'failed',
    exitCode: exitCodes[exit],
    output,
    failure: {
      ...failure,
      message: message.toWellFormed(),
      ...(where === undefined ? {} : { where: where.toWellFormed() }),
      ...(value === undefined ? {} : { value: value.toWellFormed() }),
    },
  };
}

function isConsequenceOf(reason: StopReason, error: unknown): boolean {
  return (
    error === reason || (error instanceof Error && (error.name === 'AbortError' || error.cause === reason))
  );
}

function describe(reason: StopReason): string {
  return reason === 'deadline' ? 'its deadline' : 'a request to stop';
}

/** Name of the exit of a launch that was ended, before its program began as well as in it. */
export const exitOfStop = { deadline: 'deadline', 'stop-requested': 'stopped' } as const satisfies Readonly<
  Record<StopReason, ExitName>
>;

function stopped(reason: StopReason, message: string): LaunchEnd {
  const exit = exitOfStop[reason];
  const failure: Failure = {
    exit,
    code: reason === 'deadline' ? 'DEADLINE_REACHED' : 'STOPPED_ON_REQUEST',
    message: `the task ${message}`,
    remedy:
      reason === 'deadline'
        ? 'Launch again with a later deadline, if the contract allows one.'
        : 'Launch again when the reason to stop is gone.',
  };
  return { outcome: exit, exitCode: exitCodes[exit], output: null, failure };
}
