import { z } from 'zod';
import { laneResultSchema } from '../../lib/burst/lane-result.ts';
import { closedScopeSchema } from '../../lib/burst/scope-results.ts';
import { burstMeasuresSchema } from '../../lib/gates/burst/measures.ts';
import { instant, seconds } from './members.ts';

const measuredWindow = z.strictObject({ start: instant, end: instant, seconds });

/** What one lane did. */
export const lane = laneResultSchema;

/** What the database counted when the scope was closed. */
export const burstCounts = closedScopeSchema;

/** Both windows and what the lanes counted. */
export const burstMeasures = z.strictObject({
  ...burstMeasuresSchema.shape,
  schema: burstMeasuresSchema.shape.schema.describe('v1 where an earlier version has kept the very same'),
  task_life: measuredWindow.nullable(),
  load: measuredWindow.nullable(),
});

/** One of the three places of a judgement. */
export const snapshotCopy = z.strictObject({
  place: z.string(),
  key: z.string(),
  whole: z.boolean().describe('read back, and the very same bytes'),
});
