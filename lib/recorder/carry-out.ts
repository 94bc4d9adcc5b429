import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import type { PublishOutcome } from '../evidence/publish-object.ts';
import { splitLaunchKey } from '../vocabulary/identifiers.ts';
import { attemptAll } from './attempt-all.ts';
import { planRecords, type RecorderAction } from './plan-records.ts';
import { refuseOtherEnd } from './refuse-other-end.ts';

/** A task that has not stopped. */
export type LiveTask = { readonly taskArn: string; readonly launchKey: string | undefined };

/** What the recorder acts on. Every method may be tried again. */
export type RecordedEnvironment = {
  /** Publishes the content unless the key exists; says whether what exists is the same. */
  readonly publish: (key: string, content: Uint8Array) => Promise<PublishOutcome['kind']>;
  /** What a key holds that is known to hold something. */
  readonly read: (key: string) => Promise<Uint8Array | undefined>;
  readonly liveTasks: () => Promise<readonly LiveTask[]>;
  readonly stopTask: (taskArn: string, reason: string) => Promise<void>;
  /** Whether an execution that needs the gate runs. */
  readonly gateIsWanted: () => Promise<boolean>;
  readonly scaleGateToZero: () => Promise<void>;
};

/**
 * Carries out what the recorder plans for one event, and returns a line for each action. Everything is
 * attempted: a task that cannot be stopped keeps no record from being written. Throws an `AggregateError`
 * afterwards, so that the event is delivered again; doing all of it twice changes nothing.
 */
export async function recordEvent(
  event: unknown,
  environmentName: string,
  environment: RecordedEnvironment,
): Promise<readonly string[]> {
  return await attemptAll(planRecords(event, environmentName), (action) => carryOut(action, environment));
}

/** Carries out one action of the plan, and returns a line for each thing done. */
export async function carryOut(
  action: RecorderAction,
  environment: RecordedEnvironment,
): Promise<readonly string[]> {
  switch (action.kind) {
    case 'put': {
      const outcome = await environment.publish(action.key, canonicalBytes(action.value));
      // The first record stays: a later one may say less, because ECS forgets, but nothing else.
      if (outcome === 'conflict')
        refuseOtherEnd(action.key, await environment.read(action.key), action.value);
      return [`${outcome} ${action.key}`];
    }
    case 'stop-tasks': {
      const tasks = (await environment.liveTasks()).filter(
        ({ launchKey }) => splitLaunchKey(launchKey ?? '')?.executionId === action.executionId,
      );
      return await attemptAll(tasks, async ({ taskArn }) => {
        await environment.stopTask(taskArn, action.reason);
        return [`stopped ${taskArn}`];
      });
    }
    case 'release-gate': {
      if (await environment.gateIsWanted()) return ['the gate is wanted by another execution'];
      await environment.scaleGateToZero();
      return ['the gate is scaled to zero'];
    }
  }
}
