import { z } from 'zod';

const seconds = z.number().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** One state of a run, as its own run report tells it; parts of a state are added up. */
export const stateMeasuresSchema = z.strictObject({
  status: z.enum(['PASS', 'FAIL']),
  seconds,
  /** Numbers of things; a count of 0 is a number like any other. */
  counts: z.record(z.string(), z.number()),
  /** How often each warning was given. */
  warnings: z.record(z.string(), z.int().min(0)),
  /** Markers of the state's lanes, in order; empty where it left none. */
  lanes: z.array(z.strictObject({ lane: z.string(), seconds })),
  error: z.string().nullable(),
});
export type StateMeasures = z.infer<typeof stateMeasuresSchema>;

/** What scorers know of a segment run. Values of old runs may be unknown: they are null, never assumed. */
export const runMeasuresSchema = z.strictObject({
  schema: z.literal('fraud-platform/run-measures/v1'),
  segment_run_id: z.string().regex(/^[0-9a-f]{32}$/),
  parameter_hash: digest.nullable(),
  /** Identity of the world. */
  manifest_fingerprint: digest.nullable(),
  /** Digest of the contents of all files that a state published, by state. */
  content: z.record(z.string(), digest),
  /** Of the validation bundle that says PASS. */
  bundle_digest_sha256: digest.nullable(),
  states: z.record(z.string().regex(/^S[0-5]$/), stateMeasuresSchema),
});
export type RunMeasures = z.infer<typeof runMeasuresSchema>;
