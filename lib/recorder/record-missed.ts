import { attemptAll } from './attempt-all.ts';
import { carryOut, type RecordedEnvironment, recordEvent } from './carry-out.ts';
import { planRecords } from './plan-records.ts';

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
};

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
