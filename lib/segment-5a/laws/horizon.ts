import { fail } from '../../vocabulary/failure.ts';
import { minutesPerDay } from '../vocabulary.ts';
import type { WeekGrid } from './week-grid.ts';

/** A stretch of UTC in equal buckets; times are whole minutes since the Unix epoch. */
export type Horizon = {
  readonly startMinute: number;
  readonly bucketMinutes: number;
  readonly buckets: number;
};

/**
 * UTC offsets of one zone: from `fromMinute[i]` (minutes since the Unix epoch, ascending) on, local time
 * is UTC plus `offsetMinutes[i]`. Comes from the sealed world, never from the machine's own database.
 */
export type ZoneOffsets = {
  readonly tzid: string;
  readonly fromMinute: Int32Array;
  readonly offsetMinutes: Int32Array;
};

/** 1970-01-01 was a Thursday: minutes from the Monday before it. */
const mondayShift = 3 * minutesPerDay;

/** The horizon [start, end). Throws `S4_HORIZON_GRID_INVALID` (65) when it is not a whole number of buckets. */
export function horizonBetween(startMinute: number, endMinute: number, bucketMinutes: number): Horizon {
  const buckets = (endMinute - startMinute) / bucketMinutes;
  if (!(Number.isInteger(startMinute) && Number.isInteger(buckets) && buckets > 0)) {
    fail({
      exit: 'data',
      code: 'S4_HORIZON_GRID_INVALID',
      message: 'the horizon is not a whole, positive number of buckets',
      where: 'horizon',
      value: `${endMinute - startMinute} minutes in buckets of ${bucketMinutes}`,
      remedy: 'Let the horizon start and end on bucket boundaries, the end after the start.',
    });
  }
  return { startMinute, bucketMinutes, buckets };
}

/**
 * The horizon [start, end) in as many buckets as a table has of it: how long they are is a policy of the run, and
 * is never assumed. Throws `S4_HORIZON_GRID_INVALID` (65) when they are no whole minutes.
 */
export function horizonOfBuckets(startMinute: number, endMinute: number, buckets: number): Horizon {
  const bucketMinutes = (endMinute - startMinute) / buckets;
  if (Number.isInteger(bucketMinutes)) return horizonBetween(startMinute, endMinute, bucketMinutes);
  return fail({
    exit: 'data',
    code: 'S4_HORIZON_GRID_INVALID',
    message: 'the buckets of the horizon are no whole minutes',
    where: 'horizon',
    value: `${endMinute - startMinute} minutes in ${buckets} buckets`,
    remedy: 'Run S4 and S5 again in a clean candidate: a table of a horizon has all its buckets.',
  });
}

/** Minutes east of UTC at a minute of UTC. Throws `S4_HORIZON_GRID_INVALID` (65) before the table's first entry. */
export function offsetAt(zone: ZoneOffsets, utcMinute: number): number {
  let low = 0;
  let high = zone.fromMinute.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((zone.fromMinute[middle] ?? 0) <= utcMinute) low = middle + 1;
    else high = middle;
  }
  const offset = zone.offsetMinutes[low - 1];
  if (offset !== undefined) return offset;
  return fail({
    exit: 'data',
    code: 'S4_HORIZON_GRID_INVALID',
    message: 'the zone table does not reach back to the start of the horizon',
    where: `zone_offsets: ${zone.tzid}`,
    value: String(utcMinute),
    remedy: 'Make the world again with a zone table that covers its horizon.',
  });
}

/**
 * For each horizon bucket the bucket of the local week in which it starts, floored to the grid.
 * A spring-forward hour is skipped that week, a fall-back hour used twice.
 */
export function weekBucketsOf(zone: ZoneOffsets, horizon: Horizon, grid: WeekGrid): Uint16Array {
  const week = grid.buckets * grid.bucketMinutes;
  const result = new Uint16Array(horizon.buckets);
  for (let h = 0; h < horizon.buckets; h += 1) {
    const utcMinute = horizon.startMinute + h * horizon.bucketMinutes;
    const local = utcMinute + offsetAt(zone, utcMinute) + mondayShift;
    // Local time before 1970 would be negative; a remainder is taken that stays in the week.
    result[h] = Math.floor((((local % week) + week) % week) / grid.bucketMinutes);
  }
  return result;
}

/** A week bucket that no horizon bucket of the zone falls into, or `undefined` when all are covered. */
export function uncoveredWeekBucket(weekBuckets: Uint16Array, grid: WeekGrid): number | undefined {
  const seen = new Uint8Array(grid.buckets);
  for (const bucket of weekBuckets) seen[bucket] = 1;
  const missing = seen.indexOf(0);
  return missing === -1 ? undefined : missing;
}
