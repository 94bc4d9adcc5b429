import { z } from 'zod';
import { type LaneResult, laneCountsSchema } from '../../burst/lane-result.ts';
import type { TaskRecord } from '../../recorder/task-record.ts';
import type { LaunchResult } from '../../runtime/result.ts';
import { type Instant, instantFromMillis, instantSchema, millisOf } from '../../vocabulary/instant.ts';
import { isLane, laneResultOf, silentLanes } from './silent-lanes.ts';

/** Both have one shape; before, one lane that had not said what it sent left the load what the others told. */
export const measuresVersions = {
  today: 'fraud-platform/burst-measures/v2',
  before: 'fraud-platform/burst-measures/v1',
} as const;

export const measuredWindowSchema = z.strictObject({
  start: instantSchema,
  end: instantSchema,
  seconds: z.number().min(0),
});

/** [start, end] of something that was measured; seconds to the millisecond. */
export type MeasuredWindow = Readonly<z.infer<typeof measuredWindowSchema>>;

const count = z.int().min(0);

export const burstMeasuresSchema = z.strictObject({
  schema: z.enum([measuresVersions.today, measuresVersions.before]),
  /** Launches of lanes that have a record, relaunches included, and those of them that left a result. */
  lane_launches: count,
  lane_results: count,
  /** Earliest start of a lane's task to the latest stop of one, as the platform recorded them. */
  task_life: measuredWindowSchema.nullable(),
  /**
   * First acknowledged send to the last acknowledgement before a lane stopped, as the lanes saw it; `null` also when
   * one that may have sent has not said so.
   */
  load: measuredWindowSchema.nullable(),
  counts: laneCountsSchema,
});
export type BurstMeasures = z.infer<typeof burstMeasuresSchema>;

/**
 * The two windows of a burst and what its lanes counted. Pure: from task records and results alone, so
 * that anyone finds the same. A window is `null` when nothing says where it begins or ends; that is
 * unknown, not zero.
 */
export function measureBurst(
  records: readonly TaskRecord[],
  results: readonly LaunchResult[],
): BurstMeasures {
  const own = records.filter(isLane);
  const lanes = results.flatMap((result) => laneResultOf(result) ?? []);
  const launchKeys = [...records, ...results].map(({ launch_key }) => launch_key);
  const sum = (pick: (lane: LaneResult) => number) => lanes.reduce((total, lane) => total + pick(lane), 0);
  return {
    schema: measuresVersions.today,
    lane_launches: own.length,
    lane_results: lanes.length,
    task_life: windowOf(
      own.map(({ started_at }) => started_at),
      own.map(({ stopped_at }) => stopped_at),
    ),
    load:
      silentLanes(launchKeys, records, results).length > 0
        ? null
        : windowOf(
            lanes.map(({ first_sent_at, first_acknowledged_at }) =>
              first_acknowledged_at === null ? null : first_sent_at,
            ),
            lanes.map(({ last_acknowledged_at }) => last_acknowledged_at),
          ),
    counts: {
      sent: sum((lane) => lane.sent),
      acknowledged: sum((lane) => lane.acknowledged),
      admitted: sum((lane) => lane.admitted),
      duplicates: sum((lane) => lane.duplicates),
      quarantined: sum((lane) => lane.quarantined),
      unresolved: sum((lane) => lane.unresolved),
    },
  };
}

function windowOf(
  starts: readonly (Instant | null)[],
  ends: readonly (Instant | null)[],
): MeasuredWindow | null {
  const millis = (instants: readonly (Instant | null)[]) =>
    instants.flatMap((instant) => (instant === null ? [] : [millisOf(instant)]));
  const [from, to] = [millis(starts), millis(ends)];
  if (from.length === 0 || to.length === 0) return null;
  const [start, end] = [Math.min(...from), Math.max(...to)];
  return {
    start: instantFromMillis(start),
    end: instantFromMillis(end),
    seconds: (end - start) / 1_000,
  };
}
