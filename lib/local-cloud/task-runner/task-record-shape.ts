import { constants } from 'node:os';
import type { AgentState } from './task-agent.ts';

/** How a task ended, in ECS's words. */
export type TaskEnd = {
  readonly stopCode: 'EssentialContainerExited' | 'UserInitiated' | 'TaskFailedToStart';
  readonly stoppedReason: string;
  readonly exitCode: number | null;
  readonly startedAt: number | null;
  readonly stoppedAt: number;
};

/** Why somebody asked the task to stop, if somebody did. */
export type StopRequest = { readonly reason: string } | undefined;

/**
 * What ECS would say about a task whose agent wrote this. A signal's exit code is 128 and its number.
 * A task that never became a process is `TaskFailedToStart`. Pure.
 */
export function describeEnd(state: AgentState, stop: StopRequest): TaskEnd {
  const stoppedAt = state.stoppedAt ?? state.startedAt;
  if (state.failure !== null) {
    return {
      stopCode: 'TaskFailedToStart',
      stoppedReason: `CannotStartContainerError: ${state.failure}`,
      exitCode: null,
      startedAt: null,
      stoppedAt,
    };
  }
  const exitCode = state.exitCode ?? signalExitCode(state.signal);
  return {
    ...(stop === undefined
      ? { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' }
      : { stopCode: 'UserInitiated', stoppedReason: stop.reason }),
    exitCode,
    startedAt: state.startedAt,
    stoppedAt,
  };
}

function signalExitCode(signal: string | null): number | null {
  const number = signal === null ? undefined : constants.signals[signal as NodeJS.Signals];
  return number === undefined ? null : 128 + number;
}

/** A task that lost its agent: it may have ended in any way. */
export function describeLostEnd(startedAt: number | null, stoppedAt: number, why: string): TaskEnd {
  return { stopCode: 'EssentialContainerExited', stoppedReason: why, exitCode: null, startedAt, stoppedAt };
}
