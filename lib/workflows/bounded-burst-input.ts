import { z } from 'zod';
import { executionIdSchema, runIdSchema } from '../vocabulary/identifiers.ts';
import { lanesSchema, launchDescriptionSchema } from './lanes.ts';

/**
 * Input of the `bounded-burst` state machine; also, as canonical JSON, the content of `intent.json`.
 * `open` verifies and opens the run scope, each lane sends, `close` closes the scope and counts.
 */
export const boundedBurstInputSchema = z.strictObject({
  schema: z.literal('fraud-platform/bounded-burst-input/v1'),
  environment: z.string().min(1),
  execution_id: executionIdSchema,
  run_id: runIdSchema,
  /** ECS service of the ingestion gate. */
  gate_service: z.string().min(1),
  open: launchDescriptionSchema,
  lanes: lanesSchema,
  close: launchDescriptionSchema,
  /** Whoever concludes it records its rate as a baseline; the machine does not look at it. */
  record_baseline: z.literal(true).exactOptional(),
});
export type BoundedBurstInput = z.infer<typeof boundedBurstInputSchema>;
