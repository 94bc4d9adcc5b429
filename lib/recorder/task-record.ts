import { z } from 'zod';
import { executionIdSchema, launchKeySchema } from '../vocabulary/identifiers.ts';
import { instantSchema } from '../vocabulary/instant.ts';

/**
 * `task-record.json` of a launch: what the platform says about a stopped task. Written by the recorder
 * alone, the moment the task stops; ECS itself forgets within the hour.
 */
export const taskRecordSchema = z.strictObject({
  schema: z.literal('fraud-platform/task-record/v1'),
  environment: z.string(),
  execution_id: executionIdSchema,
  launch_key: launchKeySchema,
  task_arn: z.string(),
  task_definition: z.string(),
  image_digest: z.string().nullable(),
  created_at: instantSchema.nullable(),
  started_at: instantSchema.nullable(),
  stopped_at: instantSchema.nullable(),
  stop_code: z.string(),
  stopped_reason: z.string(),
  /** `null`: the platform does not know. Never read as success. */
  exit_code: z.int().nullable(),
});
export type TaskRecord = z.infer<typeof taskRecordSchema>;

/** `execution-record.json`: how an execution of a state machine ended. */
export const executionRecordSchema = z.strictObject({
  schema: z.literal('fraud-platform/execution-record/v1'),
  environment: z.string(),
  execution_id: executionIdSchema,
  execution_arn: z.string(),
  state_machine_arn: z.string(),
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  error: z.string().nullable(),
  cause: z.string().nullable(),
  started_at: instantSchema,
  stopped_at: instantSchema,
});
export type ExecutionRecord = z.infer<typeof executionRecordSchema>;
