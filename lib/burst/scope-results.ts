import { z } from 'zod';
import { burstGateSpecSchema } from '../gates/burst/gate-spec.ts';
import { runIdSchema, segmentRunIdSchema, sha256Schema } from '../vocabulary/identifiers.ts';
import { instantSchema } from '../vocabulary/instant.ts';
import { burstPlanSchema } from './plan.ts';

const count = z.int().min(0);
const decimal = z.string().regex(/^\d+$/, 'a whole number as text');

/** What the step `open` says: which plan and gate were launched, and what is sent. */
export const openedScopeSchema = z.strictObject({
  schema: z.literal('fraud-platform/opened-scope/v1'),
  run_id: runIdSchema,
  plan: burstPlanSchema,
  plan_sha256: sha256Schema,
  gate_spec: burstGateSpecSchema,
  gate_spec_sha256: sha256Schema,
  segment_run_id: segmentRunIdSchema,
  scenario_id: z.string(),
  bundle_digest_sha256: sha256Schema.nullable(),
  source_sha256: sha256Schema,
  manifest_fingerprint: sha256Schema,
  parameter_hash: sha256Schema,
});
export type OpenedScope = z.infer<typeof openedScopeSchema>;

/** What the step `close` says: what the database holds of the run, counted after nothing more could come. */
export const closedScopeSchema = z.strictObject({
  schema: z.literal('fraud-platform/closed-scope/v1'),
  run_id: runIdSchema,
  admitted: count,
  duplicates: count,
  quarantined: count,
  quarantine_reasons: z.record(z.string(), count),
  /** Of all decisions, by the clock of the database. */
  first_decision_at: instantSchema.nullable(),
  last_decision_at: instantSchema.nullable(),
  checkpoints: z.array(z.strictObject({ lane: count, frontier: decimal, epoch: decimal })),
});
export type ClosedScope = z.infer<typeof closedScopeSchema>;
