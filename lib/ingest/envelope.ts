import { z } from 'zod';
import { runIdSchema, segmentRunIdSchema, sha256Schema } from '../vocabulary/identifiers.ts';

const microsecondInstant = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})\.\d{6}Z$/;

/** A UTC instant with six fractional digits, such as `2026-01-01T00:00:00.000000Z`; a real date. */
export const microsecondInstantSchema = z
  .string()
  .regex(microsecondInstant, 'not an instant like 2026-01-01T00:00:00.000000Z')
  .refine((text) => {
    // Date rolls the 30th of February over instead of refusing it.
    const seconds = text.slice(0, 19);
    const millis = Date.parse(`${seconds}Z`);
    return Number.isFinite(millis) && new Date(millis).toISOString().startsWith(seconds);
  }, 'not a real date and time');

/** Characters of an event's id; whoever was admitted under one must be able to ask about it. */
export const longestEventId = 128;

/**
 * An event as producers send it and the gate takes it: one JSON object, no other members. 64-bit
 * numbers travel as decimal strings.
 */
export const envelopeSchema = z.strictObject({
  /** Depends on content alone, never on the run: the same event has the same id everywhere. */
  event_id: z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9._:-]{1,${longestEventId}}$`),
      `not 1 … ${longestEventId} of A-Z a-z 0-9 . _ : -`,
    ),
  /** Class of the event; an id is unique within its class. */
  event_type: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'not a lower-case name of at most 64 characters'),
  schema_version: z.literal('v1'),
  ts_utc: microsecondInstantSchema,
  manifest_fingerprint: sha256Schema,
  parameter_hash: sha256Schema,
  scenario_id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'not a scenario id'),
  /** Scope of admission. */
  run_id: runIdSchema,
  segment_run_id: segmentRunIdSchema,
  trace_id: z.string().regex(/^[a-f0-9]{32}$/, 'not 32 hex characters'),
  producer: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, 'not a producer name'),
  payload: z.record(z.string(), z.json()),
});
export type Envelope = z.infer<typeof envelopeSchema>;
