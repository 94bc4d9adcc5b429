import { z } from 'zod';
import { stateNames } from '../../lib/segment-5a/frame/states.ts';
import { count, folder, seconds, segmentRunId, sha256 } from './members.ts';

/** What the states of a run published and counted. */
export const segmentSummary = z.strictObject({
  segment_run_id: segmentRunId,
  run_folder: folder,
  manifest_fingerprint: sha256,
  parameter_hash: sha256,
  states: z.array(
    z.strictObject({
      state: z.enum(stateNames),
      scenario_id: z.string().nullable().describe('of S4'),
      publication: z.enum(['published', 'identical']),
      launches: count,
      seconds,
      counts: z.record(z.string(), z.number()),
      warnings: z.array(z.string()),
    }),
  ),
  checks: z.record(z.string(), z.string()).describe('of S5; empty when it did not run'),
  validation_bundle_digest_sha256: sha256.nullable(),
});
