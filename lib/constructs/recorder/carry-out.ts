import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import type { PublishOutcome } from '../../evidence/publish-object.ts';
import { attemptAll } from '../../recorder/attempt-all.ts';
import { planRecords, type RecorderAction } from '../../recorder/plan-records.ts';
import { refuseOtherEnd } from '../../recorder/refuse-other-end.ts';
import { splitLaunchKey } from '../../vocabulary/identifiers.ts';

/** A task that has not stopped. */
export type LiveTask = { readonly taskArn: string; readonly launchKey: string | undefined };

/** A task that stopped or an execution that ended, at an instant of milliseconds since the epoch. */
export type TellableEnd = {
  readonly arn: string;
  readonly endedAt: number;
  /** The event that tells of it. */
  readonly tell: () => Promise<unknown>;
};

/** What the recorder acts on. Every method may be tried again. */
export type RecordedEnvironment = {
  /** Publishes the content unless the key exists; says whether what exists is the same. */
  readonly publish: (key: string, content: Uint8Array) => Promise<PublishOutcome['kind']>;
  /** What a key holds that is known to hold something. */
  readonly read: (key: string) => Promise<Uint8Array | undefined>;
  /** Everything that stopped or ended since an instant; milliseconds since the epoch. */
  readonly endsSince: (since: number) => Promise<readonly TellableEnd[]>;
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

/**
 * How far a sweep looks back: as far as ECS remembers for certain, so that no outage of the recorder that is shorter
 * loses a record. Milliseconds.
 */
const sweptMillis = 3_300_000;
/** How long an end is news: what comes with its record is done although the record is there. Milliseconds. */
const newsMillis = 300_000;

/**
 * Makes up for events that never came, at `now`, the instant of the schedule's tick: whatever stopped or ended
 * lately is recorded as if it had just been told of. What was recorded stays. `known` holds the ends that need no
 * second look, and is kept up to date; nothing is lost with it. Everything is attempted; throws an `AggregateError`
 * afterwards.
 */
export async function recordMissed(
  now: number,
  environmentName: string,
  environment: RecordedEnvironment,
  known: Set<string>,
): Promise<readonly string[]> {
  const ends = await environment.endsSince(now - sweptMillis);
  const seen = new Set(ends.map(({ arn }) => arn));
  for (const arn of known) if (!seen.has(arn)) known.delete(arn);
  const done = await attemptAll(
    ends.filter(({ arn }) => !known.has(arn)),
    async (end) => {
      const lines = await recordEnd(end, now, environmentName, environment);
      known.add(end.arn);
      return lines;
    },
  );
  // What was known is known: only what was made up for is worth a line.
  return done.filter((line) => !/^(?:identical|conflict) /.test(line));
}

async function recordEnd(
  { endedAt, tell }: TellableEnd,
  now: number,
  environmentName: string,
  environment: RecordedEnvironment,
): Promise<readonly string[]> {
  const event = await tell();
  if (now - endedAt <= newsMillis) return await recordEvent(event, environmentName, environment);
  const actions = planRecords(event, environmentName);
  const puts = actions.filter(({ kind }) => kind === 'put');
  const lines = await attemptAll(puts, (action) => carryOut(action, environment));
  if (!lines.some((line) => line.startsWith('published '))) return lines;
  // Nobody was told of this end: what it left running may run still.
  const others = actions.filter(({ kind }) => kind !== 'put');
  return [...lines, ...(await attemptAll(others, (action) => carryOut(action, environment)))];
}

async function carryOut(
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
