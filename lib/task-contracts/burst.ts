import { z } from 'zod';
import { databaseRole, lakePrefixes } from '../../config/names.ts';
import { burstPlanSchema } from '../burst/plan.ts';
import { burstGateSpecSchema } from '../gates/burst/gate-spec.ts';
import { sha256Schema } from '../vocabulary/identifiers.ts';
import { defineTask } from './define-task.ts';
import { filePlaceSchema, placeSchema } from './place.ts';

/** Where the events of a burst come from. */
export const burstSourceSchema = z.union([
  z.strictObject({
    /** `<runs root>/<segment run id>` of a run that passed. */
    run_folder: placeSchema,
    scenario_id: z.string().min(1),
  }),
  z.strictObject({
    /** A team's own events, `.ndjson` or `.parquet`. */
    event_file: filePlaceSchema(['ndjson', 'parquet']),
  }),
]);

/**
 * One step of a burst: `open` verifies plan and source and opens the run scope, `lane` sends one lane's
 * events, `close` closes the scope and counts. The `bounded-burst` machine runs them in this order;
 * launching one by hand proves nothing.
 */
export const burstContract = defineTask({
  name: 'burst',
  purpose: 'Sends the events of a sealed run through the gate, at a planned rate, exactly once.',
  parameters: z
    .strictObject({
      step: z.enum(['open', 'lane', 'close']),
      /** Which lane; for the step `lane` alone. */
      lane: z.int().min(0).optional(),
      plan: burstPlanSchema,
      /** Digest of the plan that was reviewed; what is launched must be that plan. */
      plan_sha256: sha256Schema,
      /** What the burst will be judged by, and its digest: both are fixed before anything is sent. */
      gate_spec: burstGateSpecSchema,
      gate_spec_sha256: sha256Schema,
      source: burstSourceSchema,
    })
    .refine(
      ({ step, lane, plan }) =>
        step === 'lane' ? lane !== undefined && lane < plan.lanes : lane === undefined,
      {
        path: ['lane'],
        message: 'the step lane has one of the lanes of its plan, no other step has any',
      },
    ),
  settings: {
    GATE_URL: {
      purpose: 'Where the ingestion gate answers.',
      kind: 'service-url',
      schema: z.string(),
    },
  },
  secrets: {
    CHECKPOINT_DSN: {
      kind: 'database-dsn',
      purpose: 'Login of the burst role, for run scopes and checkpoints.',
      path: 'database/burst/dsn',
      role: databaseRole('burst'),
    },
    GATE_API_KEY: {
      kind: 'api-key',
      purpose: 'Key for the ingestion gate.',
      path: 'gate/api-key',
      minimumLength: 24,
    },
  },
  database: { secret: 'CHECKPOINT_DSN', schema: 'current' },
  evidence: { reads: [], writes: [] },
  lake: { reads: [lakePrefixes.runs, lakePrefixes.events], writes: [] },
  actions: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  size: { cpu: 1024, memoryMiB: 2048, ephemeralDiskGiB: 30 },
  deadline: { default: 600_000, maximum: 3 * 3_600_000 },
  stopGrace: 30_000,
});
