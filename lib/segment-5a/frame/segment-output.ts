import { z } from 'zod';
import { segmentRunIdSchema, sha256Schema } from '../../vocabulary/identifiers.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { manifestFingerprintSchema, parameterHashSchema, scenarioIdSchema } from '../identity.ts';
import type { SegmentResult } from './run-segment.ts';
import { stateNames } from './states.ts';

/** What one finished state says of itself in the result of its launch. */
export const stateOutputSchema = z.strictObject({
  state: z.enum(stateNames),
  publication: z.enum(['published', 'identical']),
  /** Wall time of this launch's part of the state. */
  seconds: z.number().min(0),
  scenario_ids: z.array(scenarioIdSchema),
  merchant_buckets: z.array(z.int().min(0)),
  counts: z.record(z.string(), z.int()),
  metrics: z.record(z.string(), z.json()),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  /** Where the state seals a bundle. */
  bundle_digest_sha256: sha256Schema.nullable(),
});
export type StateOutput = z.infer<typeof stateOutputSchema>;

/** `output` in the result of a launch of the `segment` task. */
export const segmentOutputSchema = z.strictObject({
  segment_run_id: segmentRunIdSchema,
  run_folder: z.string(),
  manifest_fingerprint: manifestFingerprintSchema,
  parameter_hash: parameterHashSchema,
  /** Of the run and of its world; versions that did not say so gave one run any of its world's. */
  scenarios: z.strictObject({ run: z.array(scenarioIdSchema), world: z.array(scenarioIdSchema) }).optional(),
  states: z.array(stateOutputSchema),
});
export type SegmentOutput = z.infer<typeof segmentOutputSchema>;

/** The output of a launch that ran these states; `segmentOutputSchema` parses it back. */
export function segmentOutput(result: SegmentResult): JsonObject {
  return {
    segment_run_id: result.runId,
    run_folder: result.runFolder,
    manifest_fingerprint: result.manifestFingerprint,
    parameter_hash: result.parameterHash,
    scenarios: { run: [...result.scenarioIds], world: [...result.worldScenarioIds] },
    states: result.states.map(({ state, publication, seconds, outcome }) => ({
      state,
      publication,
      seconds,
      scenario_ids: result.work.scenarioIds,
      merchant_buckets: result.work.buckets,
      counts: { ...outcome.counts },
      metrics: outcome.metrics,
      warnings: outcome.warnings.map(({ code, message }) => ({ code, message })),
      bundle_digest_sha256: outcome.bundleDigest ?? null,
    })),
  };
}
