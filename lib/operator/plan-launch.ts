import { type EnvironmentName, runControlPrefix } from '../../config/names.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { parameterFailures } from '../runtime/check-parameters.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { inlineParametersLimit } from '../task-contracts/launch-environment.ts';
import { fail, PlatformError } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId } from '../vocabulary/identifiers.ts';
import { type Instant, instantFromMillis, millisOf } from '../vocabulary/instant.ts';
import type { JsonValue } from '../vocabulary/json.ts';
import {
  launchTimeoutSeconds,
  type OneShotInput,
  type ParameterPassing,
} from '../workflows/one-shot-input.ts';

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

export type LaunchPlan = {
  readonly input: OneShotInput;
  /** Canonical JSON of `input`: the content of `intent.json` and the exact input of the execution. */
  readonly intent: Uint8Array;
  /** Parameters too large for the launch itself, to be stored before it. */
  readonly parametersObject: { readonly key: string; readonly content: Uint8Array } | undefined;
};

/**
 * Turns a wish into the exact bytes of an execution. Pure.
 * Throws `PARAMETERS_MALFORMED`, `DEADLINE_PASSED` or `DEADLINE_BEYOND_MAXIMUM`, all 64, before anything exists.
 */
export function planLaunch(wish: LaunchWish): LaunchPlan {
  const { contract, now } = wish;
  const parsed = contract.parameters.safeParse(wish.parameters);
  if (!parsed.success) {
    const [first, ...others] = parameterFailures(contract, parsed.error, 'usage');
    if (first === undefined) throw parsed.error;
    const more = others.map(({ where, message }) => `${where}: ${message}`);
    throw new PlatformError({ ...first, message: [first.message, ...more].join('; ') });
  }
  const remaining = millisOf(wish.deadline) - now;
  if (remaining <= 0) {
    fail({
      exit: 'usage',
      code: 'DEADLINE_PASSED',
      message: 'the deadline is in the past',
      where: '--deadline',
      value: wish.deadline,
      remedy: 'Give a duration such as 15m, or an instant in the future.',
    });
  }
  if (remaining > contract.deadline.maximum) {
    fail({
      exit: 'usage',
      code: 'DEADLINE_BEYOND_MAXIMUM',
      message: `${contract.name} may run for at most ${contract.deadline.maximum / 1_000} s`,
      where: '--deadline',
      value: wish.deadline,
      remedy: `Give a deadline of at most ${contract.deadline.maximum / 60_000}m.`,
    });
  }
  const content = canonicalBytes(parsed.data as JsonValue);
  const { passing, parametersObject } = passParameters(wish, content);
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
  return { input, intent: canonicalBytes(input), parametersObject };
}

function passParameters(
  wish: LaunchWish,
  content: Uint8Array,
): { passing: ParameterPassing; parametersObject: LaunchPlan['parametersObject'] } {
  if (content.byteLength <= inlineParametersLimit) {
    const inline = new TextDecoder().decode(content);
    return { passing: { inline, key: '', sha256: '' }, parametersObject: undefined };
  }
  const key = `${runControlPrefix(wish.environment, wish.executionId)}parameters.json`;
  return { passing: { inline: '', key, sha256: sha256Of(content) }, parametersObject: { key, content } };
}

/** The deadline that a duration from now means. */
export function deadlineAfter(now: number, millis: number): Instant {
  return instantFromMillis(now + millis);
}
