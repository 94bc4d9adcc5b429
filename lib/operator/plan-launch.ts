import { type EnvironmentName, runControlPrefix } from '../../config/names.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { fail } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId } from '../vocabulary/identifiers.ts';
import { type Instant, instantFromMillis, millisOf } from '../vocabulary/instant.ts';
import type { JsonValue } from '../vocabulary/json.ts';
import { launchTimeoutSeconds, type OneShotInput } from '../workflows/one-shot-input.ts';
import { type IntendedObject, passParameters } from './pass-parameters.ts';

export type LaunchWish = {
  readonly contract: TaskContract;
  readonly environment: EnvironmentName;
  readonly executionId: ExecutionId;
  readonly runId: RunId;
  readonly taskDefinition: string;
  /** As the user gave them, before defaults. */
  readonly parameters: JsonValue;
  readonly deadline: Instant;
  /** Epoch milliseconds at which the wish was made. */
  readonly now: number;
  readonly relaunchWaitSeconds: number;
};

/** An execution that is about to be started, to the byte. */
export type ExecutionPlan = {
  readonly executionId: ExecutionId;
  /** Canonical JSON: the content of `intent.json` and the exact input of the execution. */
  readonly intent: Uint8Array;
  /** What must be stored before it, because its launches point there. */
  readonly objects: readonly IntendedObject[];
  /** The record of the attempt at a phase that this is; it is put before the intent, or not at all. */
  readonly attempt?: IntendedObject;
};

export type LaunchPlan = ExecutionPlan & { readonly input: OneShotInput };

/**
 * Turns a wish into the exact bytes of an execution. Pure.
 * Throws `PARAMETERS_MALFORMED`, `DEADLINE_PASSED` or `DEADLINE_BEYOND_MAXIMUM`, all 64, before anything exists.
 */
export function planLaunch(wish: LaunchWish): LaunchPlan {
  const { contract, now } = wish;
  const key = `${runControlPrefix(wish.environment, wish.executionId)}parameters.json`;
  const { passing, object } = passParameters(contract, wish.parameters, key);
  checkDeadline(contract, wish.deadline, now);
  const input: OneShotInput = {
    schema: 'fraud-platform/one-shot-input/v1',
    environment: wish.environment,
    execution_id: wish.executionId,
    run_id: wish.runId,
    task: contract.name,
    task_definition: wish.taskDefinition,
    deadline: wish.deadline,
    timeout_seconds: launchTimeoutSeconds(now, wish.deadline, contract.stopGrace),
    relaunch_wait_seconds: wish.relaunchWaitSeconds,
    launch: { number: 0 },
    parameters: passing,
  };
  return {
    executionId: wish.executionId,
    input,
    intent: canonicalBytes(input),
    objects: object === undefined ? [] : [object],
  };
}

/** Refuses a deadline that has passed or is beyond what the contract allows: `DEADLINE_PASSED`, `DEADLINE_BEYOND_MAXIMUM` (64). */
export function checkDeadline(contract: TaskContract, deadline: Instant, now: number): void {
  const remaining = millisOf(deadline) - now;
  if (remaining <= 0) {
    fail({
      exit: 'usage',
      code: 'DEADLINE_PASSED',
      message: 'the deadline is in the past',
      where: '--deadline',
      value: deadline,
      remedy: 'Give a duration such as 15m, or an instant in the future.',
    });
  }
  if (remaining > contract.deadline.maximum) {
    fail({
      exit: 'usage',
      code: 'DEADLINE_BEYOND_MAXIMUM',
      message: `${contract.name} may run for at most ${contract.deadline.maximum / 1_000} s`,
      where: '--deadline',
      value: deadline,
      remedy: `Give a deadline of at most ${contract.deadline.maximum / 60_000}m.`,
    });
  }
}

/** The deadline that a duration from now means. */
export function deadlineAfter(now: number, millis: number): Instant {
  return instantFromMillis(now + millis);
}
