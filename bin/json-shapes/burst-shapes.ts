import { z } from 'zod';
import { burstPlanSchema } from '../../lib/burst/plan.ts';
import { burstSnapshotSchema } from '../../lib/gates/burst/snapshot.ts';
import { snapshotCopy } from './burst-members.ts';
import { executionId, runId, sha256 } from './members.ts';
import { snapshotIsElsewhere } from './run-shapes.ts';

export const burstPlanShape = z
  .strictObject({
    schema: z.literal('fraudctl/burst-plan/v1'),
    path: z.string(),
    sha256,
    plan: burstPlanSchema,
  })
  .describe('A plan that `burst run --dry-run` found lawful.');

export const burstPlansShape = z
  .strictObject({
    schema: z.literal('fraudctl/burst-plans/v1'),
    plans: z.array(z.strictObject({ sha256, plan: burstPlanSchema })),
  })
  .describe('The plans of this version.');

export const adjudicationShape = z
  .strictObject({
    schema: z.literal('fraudctl/adjudication/v1'),
    execution_id: executionId,
    run_id: runId,
    adjudication: burstSnapshotSchema.describe(snapshotIsElsewhere),
    snapshot_sha256: sha256,
    copies: z.array(snapshotCopy),
    blockers: burstSnapshotSchema.shape.blockers.describe(
      'those of the snapshot, and B3 when a copy is missing',
    ),
    overall_pass: z.boolean(),
  })
  .describe('A burst that was judged, and where the judgement is.');

export const adjudicationReplayShape = z
  .strictObject({
    schema: z.literal('fraudctl/adjudication-replay/v1'),
    execution_id: executionId,
    identical: z.boolean(),
    published_sha256: sha256.nullable().describe('null when nothing is published'),
    computed_sha256: sha256,
    bundle_digest_sha256: sha256,
    overall_pass: z.boolean(),
  })
  .describe('A judgement computed again from the sealed bundle.');
