import { z } from 'zod';
import { runIdSchema, sha256Schema } from '../vocabulary/identifiers.ts';
import { instantSchema } from '../vocabulary/instant.ts';

/** Why a lane sent no more; exactly one. */
export const laneStopReasons = [
  'duration',
  'max-events',
  'source-exhausted',
  'deadline',
  'stop-requested',
  'gate-refused',
  'checkpoint-lost',
] as const;
export type LaneStopReason = (typeof laneStopReasons)[number];

const count = z.int().min(0);
const milliseconds = z.number().min(0);

/** Events of a lane, by what became of them. */
export const laneCountsSchema = z.strictObject({
  sent: count,
  /** With a decision; the rest of what was sent is `unresolved`. */
  acknowledged: count,
  admitted: count,
  duplicates: count,
  quarantined: count,
  unresolved: count,
});

/** What one lane did, as it stands in the result of its launch. Latencies are from the intended time of sending. */
export const laneResultSchema = z.strictObject({
  schema: z.literal('fraud-platform/lane-result/v1'),
  run_id: runIdSchema,
  lane: count,
  lanes: z.int().min(1),
  plan_sha256: sha256Schema,
  source_sha256: sha256Schema,
  /** Producers that had the lane before this one, and this one. */
  epoch: z.string().regex(/^[1-9]\d*$/),
  /** Events of the lane that an earlier producer had acknowledged. */
  resumed_at: count,
  stop_reason: z.enum(laneStopReasons),
  ...laneCountsSchema.shape,
  /** Reasons of quarantine with their number. */
  quarantine_reasons: z.record(z.string(), count),
  /** Requests that were sent again, by what was wrong with the answer. */
  retries: z.record(z.string(), count),
  /** The first so many events of the lane are acknowledged without a gap, durably. */
  frontier: count,
  checkpoints_written: count,
  /** Longest time between two durable checkpoints, the beginning and the end of sending included. */
  longest_stall_ms: milliseconds,
  first_sent_at: instantSchema.nullable(),
  first_acknowledged_at: instantSchema.nullable(),
  /** The last acknowledgement before the lane stopped sending. */
  last_acknowledged_at: instantSchema.nullable(),
  latency_ms: z.strictObject({
    p50: milliseconds,
    p90: milliseconds,
    p99: milliseconds,
    p99_9: milliseconds,
    max: milliseconds,
  }),
  /** The whole histogram, microseconds, HdrHistogram V2 compressed and base64. */
  latency_histogram: z.string(),
  /** Latency over time, by the clock; seconds without an answer have no entry. */
  latency_series: z.array(
    z.strictObject({ from: instantSchema, acknowledged: count, p50_ms: milliseconds, p99_ms: milliseconds }),
  ),
  /** The longest that a batch was sent after its intended time. */
  most_behind_ms: milliseconds,
});
export type LaneResult = z.infer<typeof laneResultSchema>;
