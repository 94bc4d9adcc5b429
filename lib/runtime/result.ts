import { z } from 'zod';
import { failureExits } from '../vocabulary/exit-codes.ts';
import { launchKeySchema, runIdSchema, sha256Schema } from '../vocabulary/identifiers.ts';
import { instantSchema } from '../vocabulary/instant.ts';

export const resultSchemaName = 'fraud-platform/launch-result/v1';
export const markerPrefix = '@result ';

export const failureSchema = z.strictObject({
  exit: z.enum(failureExits),
  code: z.string(),
  message: z.string(),
  where: z.string().exactOptional(),
  value: z.string().exactOptional(),
  remedy: z.string(),
});

/** `result.json`: what a task says about its own end. */
export const launchResultSchema = z.strictObject({
  schema: z.literal(resultSchemaName),
  task: z.string(),
  environment: z.string(),
  run_id: runIdSchema,
  launch_key: launchKeySchema,
  outcome: z.enum(['done', 'failed', 'deadline', 'stopped']),
  exit_code: z.int().min(0).max(255),
  output: z.record(z.string(), z.json()).nullable(),
  failure: failureSchema.nullable(),
  started_at: instantSchema,
  ended_at: instantSchema,
  image_digest: z.string(),
  parameters_sha256: sha256Schema,
  configuration_sha256: sha256Schema,
});
export type LaunchResult = z.infer<typeof launchResultSchema>;

/** The last line of a task's standard output: where its result is, and the digest it must have. */
export const resultMarkerSchema = z.strictObject({
  schema: z.literal(resultSchemaName),
  // It becomes part of the evidence, whose JSON has no half characters.
  key: z.string().refine((key) => key.isWellFormed(), 'not well-formed text'),
  sha256: sha256Schema,
});
export type ResultMarker = z.infer<typeof resultMarkerSchema>;

/** The marker in a log line, or `undefined`; a line that begins like one but is not well formed is no marker. */
export function parseMarkerLine(line: string): ResultMarker | undefined {
  if (!line.startsWith(markerPrefix)) return undefined;
  try {
    return resultMarkerSchema.safeParse(JSON.parse(line.slice(markerPrefix.length))).data;
  } catch {
    return undefined;
  }
}
