import { attemptAll } from './attempt-all.ts';
import { carryOut, type RecordedEnvironment } from './carry-out.ts';
import { planRecords, type RecorderAction } from './plan-records.ts';

/** A task that stopped or an execution that ended, at an instant of milliseconds since the epoch. */
export type TellableEnd = {
  readonly arn: string;
  readonly endedAt: number;
  /** The event that tells of it. */
  readonly tell: () => Promise<unknown>;
};

/** What a sweep looks at besides. */
export type SweptEnvironment = RecordedEnvironment & {
  /** Everything that stopped or ended since an instant; milliseconds since the epoch. */
  readonly endsSince: (since: number) => Promise<readonly TellableEnd[]>;
  /** Whether a key holds anything. */
  readonly has: (key: string) => Promise<boolean>;
};

/**
 * How far a sweep looks back: as far as ECS remembers for certain, so that no outage of the recorder that is shorter
 * loses a record. Milliseconds.
 */
const sweptMillis = 3_300_000;
/** How long an end is news: what comes with its record is done although the record is there. Milliseconds. */
const newsMillis = 300_000;
/** An end that goes out of sight within so long may be seen for the last time: two ticks. Milliseconds. */
const farewellMillis = 120_000;

/**
 * Makes up for events that never came, at `now`, the instant of the schedule's tick: whatever stopped or ended
 * lately is recorded as if it had just been told of. What was recorded stays. `known` holds the ends that need no
 * second look, and is kept up to date; nothing is lost with it. Everything is attempted; throws an `AggregateError`
 * afterwards.
 */
export async function recordMissed(
  now: number,
  environmentName: string,
  environment: SweptEnvironment,
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
  environment: SweptEnvironment,
): Promise<readonly string[]> {
  const actions = planRecords(await tell(), environmentName);
  const lines: string[] = [];
  for (const stage of stagesOf(actions, now - endedAt, await isOnRecord(actions, environment))) {
    lines.push(...(await attemptAll(stage, (action) => carryOut(action, environment))));
  }
  return lines;
}

/**
 * What a sweep does about an end of this age, one stage after the other: the next only when all of the one before
 * is done. The record is the only memory of what was done, and so it comes last: what a tick left undone, the next
 * one does, in whichever process. An end that may not be seen again is recorded all the same. Pure.
 */
function stagesOf(
  actions: readonly RecorderAction[],
  age: number,
  isOnRecord: boolean,
): readonly (readonly RecorderAction[])[] {
  const puts = actions.filter(({ kind }) => kind === 'put');
  const others = actions.filter(({ kind }) => kind !== 'put');
  if (isOnRecord) return age <= newsMillis ? [actions] : [puts];
  return age > sweptMillis - farewellMillis ? [actions] : [others, puts];
}

/** Whether all is recorded that is planned to be; nothing is asked where a record is all that is planned. */
async function isOnRecord(
  actions: readonly RecorderAction[],
  environment: SweptEnvironment,
): Promise<boolean> {
  if (actions.every(({ kind }) => kind === 'put')) return false;
  const keys = actions.flatMap((action) => (action.kind === 'put' ? [action.key] : []));
  return (await Promise.all(keys.map(environment.has))).every((has) => has);
}
