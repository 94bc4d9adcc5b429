import { z } from 'zod';
import { laneResultSchema } from '../../lib/burst/lane-result.ts';
import { closedScopeSchema } from '../../lib/burst/scope-results.ts';
import { count, instant, seconds } from './members.ts';

const measuredWindow = z.strictObject({ start: instant, end: instant, seconds });

/** What one lane did. */
export const lane = laneResultSchema;

/** What the database counted when the scope was closed. */
export const burstCounts = closedScopeSchema;

/** Both windows and what the lanes counted. */
export const burstMeasures = z.strictObject({
  schema: z.literal('fraud-platform/burst-measures/v1'),
  lane_launches: count,
  lane_results: count,
  task_life: measuredWindow.nullable(),
  load: measuredWindow.nullable(),
  counts: z.strictObject({
    sent: count,
    acknowledged: count,
    admitted: count,
    duplicates: count,
    quarantined: count,
    unresolved: count,
  }),
});

/** One of the three places of a judgement. */
export const snapshotCopy = z.strictObject({
  place: z.string(),
  key: z.string(),
  whole: z.boolean().describe('read back, and the very same bytes'),
});
