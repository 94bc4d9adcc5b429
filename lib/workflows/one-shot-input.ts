import { z } from 'zod';
import { executionIdSchema, runIdSchema, sha256Schema } from '../vocabulary/identifiers.ts';
import { type Instant, instantSchema, millisOf } from '../vocabulary/instant.ts';
import { startAllowanceSeconds } from './one-shot.ts';

/** Parameters inline, or by evidence key and digest; the unused members are empty, as JSONPath needs them present. */
export const parameterPassingSchema = z.union([
  z.strictObject({ inline: z.string().min(2), key: z.literal(''), sha256: z.literal('') }),
  z.strictObject({ inline: z.literal(''), key: z.string().min(1), sha256: sha256Schema }),
]);
export type ParameterPassing = z.infer<typeof parameterPassingSchema>;

/** Input of the `one-shot` state machine; also, as canonical JSON, the content of `intent.json`. */
export const oneShotInputSchema = z.strictObject({
  schema: z.literal('fraud-platform/one-shot-input/v1'),
  environment: z.string().min(1),
  execution_id: executionIdSchema,
  run_id: runIdSchema,
  task: z.string().min(1),
  /** Full revision ARN: a deploy in the middle of a run changes nothing for it. */
  task_definition: z.string().min(1),
  deadline: instantSchema,
  timeout_seconds: z.int().positive(),
  relaunch_wait_seconds: z.int().min(0).max(300),
  launch: z.strictObject({ number: z.literal(0) }),
  parameters: parameterPassingSchema,
});
export type OneShotInput = z.infer<typeof oneShotInputSchema>;

/**
 * `TimeoutSeconds` of a launch: what remains to the deadline, the allowance to start, the task's own
 * grace, and a minute so that the task always has the first word about its end.
 */
export function launchTimeoutSeconds(now: number, deadline: Instant, stopGraceMillis: number): number {
  const remaining = Math.max(0, millisOf(deadline) - now);
  return Math.ceil((remaining + stopGraceMillis) / 1_000) + startAllowanceSeconds + 60;
}
