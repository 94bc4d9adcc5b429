import { dataFault } from '../frame/segment-failure.ts';
import {
  type Horizon,
  offsetAt,
  uncoveredWeekBucket,
  weekBucketsOf,
  type ZoneOffsets,
} from '../laws/horizon.ts';
import type { WeekGrid } from '../laws/week-grid.ts';

/** How the buckets of one zone lie on the week and on UTC. */
export type ZoneProjection = {
  /** Bucket of the local week of each horizon bucket. */
  readonly weekBucket: Uint16Array;
  /**
   * Share of each local bucket that lies in the UTC bucket before its own, 0 … 1; `undefined` when the
   * zone keeps whole buckets from UTC all along, so that local and UTC buckets are the same.
   */
  readonly earlierShare?: Float64Array;
};

/**
 * Local bucket h of a zone is the bucket of its local clock that runs at H0 + h buckets of UTC. In a
 * zone that is off by a part of a bucket it began that part earlier, in UTC bucket h − 1.
 * Throws `S4_HORIZON_GRID_INVALID` (65) when some bucket of the week never occurs in the horizon.
 */
export function zoneProjection(zone: ZoneOffsets, horizon: Horizon, grid: WeekGrid): ZoneProjection {
  const weekBucket = weekBucketsOf(zone, horizon, grid);
  const missing = uncoveredWeekBucket(weekBucket, grid);
  if (missing !== undefined) {
    dataFault({
      code: 'S4_HORIZON_GRID_INVALID',
      message: `bucket ${missing} of the week never occurs in the horizon in ${zone.tzid}`,
      where: `scenarios: ${zone.tzid}`,
      value: `${horizon.buckets} buckets`,
      remedy: 'Make the horizon at least a week long, longer where the clocks change.',
    });
  }
  const size = horizon.bucketMinutes;
  const earlierShare = Float64Array.from({ length: horizon.buckets }, (_, h) => {
    const offset = offsetAt(zone, horizon.startMinute + h * size);
    return (((offset % size) + size) % size) / size;
  });
  return earlierShare.some((share) => share !== 0) ? { weekBucket, earlierShare } : { weekBucket };
}

/**
 * λ by UTC bucket from λ by local bucket, for the `length` values from `at` on: every local bucket gives
 * its earlier share to the bucket before and the rest to its own, so that the total stays. What lies
 * before the horizon is taken to its last bucket, whose own end the local buckets do not reach.
 */
export function projectToUtc(
  local: Float64Array,
  utc: Float64Array,
  at: number,
  earlierShare: Float64Array,
): void {
  const { length } = earlierShare;
  for (let h = 0; h < length; h += 1) {
    const next = h + 1 === length ? 0 : h + 1;
    const own = (1 - (earlierShare[h] ?? 0)) * (local[at + h] ?? 0);
    utc[at + h] = own + (earlierShare[next] ?? 0) * (local[at + next] ?? 0);
  }
}
