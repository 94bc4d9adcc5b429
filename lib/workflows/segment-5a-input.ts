import { z } from 'zod';
import { executionIdSchema, runIdSchema } from '../vocabulary/identifiers.ts';
import { instantSchema } from '../vocabulary/instant.ts';
import { maximumRelaunches } from './one-shot.ts';
import { parameterPassingSchema } from './one-shot-input.ts';

/** How far apart the launch numbers of two lanes begin: relaunches of one never reach the next. */
export const laneStride = maximumRelaunches + 1;

/** Lanes that S4 may be cut into: scenarios times partitions, within what a Map may have. */
export const maximumLanes = 40;

/** One launch of the `segment` task inside a machine. */
export const launchDescriptionSchema = z.strictObject({
  environment: z.string().min(1),
  run_id: runIdSchema,
  /** Full revision ARN: a deploy in the middle of a run changes nothing for it. */
  task_definition: z.string().min(1),
  deadline: instantSchema,
  timeout_seconds: z.int().positive(),
  relaunch_wait_seconds: z.int().min(0).max(300),
  launch: z.strictObject({ number: z.int().min(0), attempt: z.literal(0) }),
  parameters: parameterPassingSchema,
});
export type LaunchDescription = z.infer<typeof launchDescriptionSchema>;

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
  lanes: z
    .array(launchDescriptionSchema)
    .min(1)
    .max(maximumLanes)
    .refine(
      (lanes) => lanes.every(({ launch }, lane) => launch.number === lane * laneStride),
      `launch numbers of lanes begin at 0, ${laneStride}, ${2 * laneStride}, …`,
    ),
  validate: launchDescriptionSchema,
});
export type Segment5aInput = z.infer<typeof segment5aInputSchema>;
