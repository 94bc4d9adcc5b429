import { z } from 'zod';
import { executionIdSchema, runIdSchema } from '../vocabulary/identifiers.ts';
import { laneStride, launchDescriptionSchema, maximumLanes } from './segment-5a-input.ts';

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
  lanes: z
    .array(launchDescriptionSchema)
    .min(1)
    .max(maximumLanes)
    .refine(
      (lanes) => lanes.every(({ launch }, lane) => launch.number === lane * laneStride),
      `launch numbers of lanes begin at 0, ${laneStride}, ${2 * laneStride}, …`,
    ),
  close: launchDescriptionSchema,
});
export type BoundedBurstInput = z.infer<typeof boundedBurstInputSchema>;
