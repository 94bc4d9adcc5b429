import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import type { PublishOutcome } from '../../evidence/publish-object.ts';
import { planRecords, type RecorderAction } from '../../recorder/plan-records.ts';
import { splitLaunchKey } from '../../vocabulary/identifiers.ts';

/** A task that has not stopped. */
export type LiveTask = { readonly taskArn: string; readonly launchKey: string | undefined };

/** What the recorder acts on. Every method may be tried again. */
export type RecordedEnvironment = {
  /** Publishes the content unless the key exists; says whether what exists is the same. */
  readonly publish: (key: string, content: Uint8Array) => Promise<PublishOutcome['kind']>;
  /** Everything that stopped or ended since an instant, as the events that tell of it; milliseconds since the epoch. */
  readonly endsSince: (since: number) => Promise<readonly unknown[]>;
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
  const results = await Promise.allSettled(
    planRecords(event, environmentName).map((action) => carryOut(action, environment)),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

/** How far a sweep looks back: several sweeps see each end, should some of them fail. Milliseconds. */
const sweptMillis = 300_000;

/**
 * Makes up for events that never came, at `now`, the instant of the schedule's tick: whatever stopped or ended
 * lately is recorded as if it had just been told of. What was recorded stays. Everything is attempted; throws an
 * `AggregateError` afterwards.
 */
export async function recordMissed(
  now: number,
  environmentName: string,
  environment: RecordedEnvironment,
): Promise<readonly string[]> {
  const events = await environment.endsSince(now - sweptMillis);
  const results = await Promise.allSettled(
    events.map((event) => recordEvent(event, environmentName, environment)),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  const done = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  // What was known is known: only what was made up for is worth a line.
  return done.filter((line) => !/^(?:identical|conflict) /.test(line));
}

async function carryOut(
  action: RecorderAction,
  environment: RecordedEnvironment,
): Promise<readonly string[]> {
  switch (action.kind) {
    case 'put': {
      // The first record stays: a later one may say less, because ECS forgets.
      const outcome = await environment.publish(action.key, canonicalBytes(action.value));
      return [`${outcome} ${action.key}`];
    }
    case 'stop-tasks': {
      const tasks = (await environment.liveTasks()).filter(
        ({ launchKey }) => splitLaunchKey(launchKey ?? '')?.executionId === action.executionId,
      );
      const stops = await Promise.allSettled(
        tasks.map(({ taskArn }) => environment.stopTask(taskArn, action.reason)),
      );
      const failures = stops.flatMap((stop) => (stop.status === 'rejected' ? [stop.reason] : []));
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
      return tasks.map(({ taskArn }) => `stopped ${taskArn}`);
    }
    case 'release-gate': {
      if (await environment.gateIsWanted()) return ['the gate is wanted by another execution'];
      await environment.scaleGateToZero();
      return ['the gate is scaled to zero'];
    }
  }
}
