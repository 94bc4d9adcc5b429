import type { TaskContract } from '../task-contracts/define-task.ts';
import { launchVariables, platformVariables } from '../task-contracts/launch-environment.ts';
import type { Failure } from '../vocabulary/failure.ts';
import {
  executionIdSchema,
  launchKeySchema,
  runIdSchema,
  splitLaunchKey,
} from '../vocabulary/identifiers.ts';
import { instantSchema, millisOf } from '../vocabulary/instant.ts';
import type { Launch } from './task-program.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Two clocks may disagree by this much about how long a deadline is away. */
const clockTolerance = 5_000;

export type IdentityCheck = {
  /** Present when every part parsed, even if the parts refuse each other. */
  readonly launch: Launch | undefined;
  readonly failures: readonly Failure[];
};

/**
 * Reads who this launch is and until when it may run. Pure: `now` is epoch milliseconds.
 * Failures: `LAUNCH_IDENTITY_MISSING`, `LAUNCH_IDENTITY_MALFORMED`, `LAUNCH_IDENTITY_FOREIGN`,
 * `DEADLINE_PASSED`, `DEADLINE_BEYOND_MAXIMUM`; all exit 78.
 */
export function checkLaunchIdentity(
  environment: Environment,
  contract: TaskContract,
  now: number,
): IdentityCheck {
  const failures: Failure[] = [];
  const read = <T>(
    variable: string,
    parse: (text: string) => { success: boolean; data?: T; error?: unknown },
  ) => {
    const text = environment[variable];
    if (text === undefined || text.trim() === '') {
      failures.push(missingIdentity(variable));
      return undefined;
    }
    const parsed = parse(text);
    if (!parsed.success) failures.push(malformedIdentity(variable, text));
    return parsed.data;
  };
  const text = (value: string) => ({ success: true, data: value });
  const environmentName = read(platformVariables.environment, text);
  const launchedFor = read(launchVariables.launchedFor, text);
  const imageDigest = read(platformVariables.imageDigest, text);
  const executionId = read(launchVariables.executionId, (value) => executionIdSchema.safeParse(value));
  const launchKey = read(launchVariables.launchKey, (value) => launchKeySchema.safeParse(value));
  const runId = read(launchVariables.runId, (value) => runIdSchema.safeParse(value));
  const deadline = read(launchVariables.deadline, (value) => instantSchema.safeParse(value));

  if (environmentName !== undefined && launchedFor !== undefined && environmentName !== launchedFor) {
    failures.push(
      foreignIdentity(launchVariables.launchedFor, launchedFor, `this environment is ${environmentName}`),
    );
  }
  if (
    executionId !== undefined &&
    launchKey !== undefined &&
    splitLaunchKey(launchKey)?.executionId !== executionId
  ) {
    failures.push(foreignIdentity(launchVariables.launchKey, launchKey, `the execution is ${executionId}`));
  }
  if (deadline !== undefined) {
    const remaining = millisOf(deadline) - now;
    if (remaining <= 0) {
      failures.push({
        exit: 'refused',
        code: 'DEADLINE_PASSED',
        message: 'the deadline of this launch has already passed',
        where: launchVariables.deadline,
        value: deadline,
        remedy: 'Launch again with a deadline in the future.',
      });
    } else if (remaining > contract.deadline.maximum + clockTolerance) {
      failures.push({
        exit: 'refused',
        code: 'DEADLINE_BEYOND_MAXIMUM',
        message: `the deadline is further away than the ${contract.deadline.maximum / 1_000} s that ${contract.name} allows`,
        where: launchVariables.deadline,
        value: deadline,
        remedy: `Launch with a deadline of at most ${contract.deadline.maximum / 1_000} s.`,
      });
    }
  }
  const complete =
    environmentName !== undefined &&
    imageDigest !== undefined &&
    executionId !== undefined &&
    launchKey !== undefined &&
    runId !== undefined &&
    deadline !== undefined;
  return {
    launch: complete
      ? { environment: environmentName, executionId, runId, launchKey, deadline, imageDigest }
      : undefined,
    failures,
  };
}

function missingIdentity(variable: string): Failure {
  return {
    exit: 'refused',
    code: 'LAUNCH_IDENTITY_MISSING',
    message: `${variable} is missing or blank`,
    where: variable,
    remedy: 'Launch tasks through fraudctl or a state machine; they set the launch environment.',
  };
}

function malformedIdentity(variable: string, value: string): Failure {
  return {
    exit: 'refused',
    code: 'LAUNCH_IDENTITY_MALFORMED',
    message: `${variable} is not well formed`,
    where: variable,
    value: value.slice(0, 120),
    remedy: 'Launch tasks through fraudctl or a state machine; they set the launch environment.',
  };
}

function foreignIdentity(variable: string, value: string, because: string): Failure {
  return {
    exit: 'refused',
    code: 'LAUNCH_IDENTITY_FOREIGN',
    message: `${variable} belongs elsewhere: ${because}`,
    where: variable,
    value,
    remedy: 'Launch with the task definition of the environment that is meant.',
  };
}
