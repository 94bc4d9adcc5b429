import { z } from 'zod';
import { executionIdSchema, runIdSchema } from '../vocabulary/identifiers.ts';
import { lanesSchema, launchDescriptionSchema } from './lanes.ts';

/**
 * Input of the `segment-5a` state machine; also, as canonical JSON, the content of `intent.json`.
 * `prepare` runs S0 … S3, each lane S4 for one scenario and one partition, `validate` S5 for all.
 */
export const segment5aInputSchema = z.strictObject({
  schema: z.literal('fraud-platform/segment-5a-input/v1'),
  environment: z.string().min(1),
  execution_id: executionIdSchema,
  run_id: runIdSchema,
  prepare: launchDescriptionSchema,
  lanes: lanesSchema,
  validate: launchDescriptionSchema,
});
export type Segment5aInput = z.infer<typeof segment5aInputSchema>;
