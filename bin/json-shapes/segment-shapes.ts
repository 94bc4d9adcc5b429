import { z } from 'zod';
import { runMeasuresSchema } from '../../lib/gates/closure/run-measures.ts';
import { failureSchema } from '../../lib/runtime/result.ts';
import { stateNames } from '../../lib/segment-5a/frame/states.ts';
import { bytes, count, folder, instant, seconds, segmentRunId, sha256 } from './members.ts';
import { verdictMembers } from './run-shapes.ts';

const state = z.enum(stateNames);

export const generatedWorldShape = z
  .strictObject({
    schema: z.literal('fraudctl/generated-world/v1'),
    publication: z.enum(['published', 'identical']),
    folder,
    scale: z.string(),
    seed: z.string().describe('decimal, 64 bits'),
    bundle_digest_sha256: sha256,
    counts: z.strictObject({
      merchants: count,
      countries: count,
      tzids: count,
      pairs: count,
      events: z.record(z.string(), count).describe('by scenario'),
    }),
  })
  .describe('A world that is drawn and sealed.');

export const worldCheckShape = z
  .strictObject({
    schema: z.literal('fraudctl/world-check/v1'),
    folder,
    sealed: z.boolean(),
    good: z.boolean(),
    rows: z.record(z.string(), count).describe('by table'),
    faults: z.array(failureSchema),
    sealed_as: z.strictObject({ folder, bundle_digest_sha256: sha256 }).nullable(),
  })
  .describe('Every fault of a world.');

export const worldDescriptionShape = z
  .strictObject({
    schema: z.literal('fraudctl/world-description/v1'),
    folder,
    groups: z.array(
      z.strictObject({
        group: z.string(),
        figures: z.array(z.strictObject({ name: z.string(), value: z.union([z.string(), z.number()]) })),
      }),
    ),
  })
  .describe('Sizes and distributions of a world.');

export const stagedRunShape = z
  .strictObject({
    schema: z.literal('fraudctl/staged-run/v1'),
    runs_root: folder,
    from: segmentRunId,
    segment_run_id: segmentRunId,
    run_folder: folder,
    files: count.describe('taken over'),
    states: z.array(state).describe('taken over'),
  })
  .describe('A clean candidate.');

export const witnessShape = z
  .strictObject({
    schema: z.literal('fraudctl/witness/v1'),
    ...verdictMembers,
    from: segmentRunId,
    rerun: state,
    equivalent: z.boolean(),
    differences: z.array(
      z.union([
        z.strictObject({
          kind: z.literal('identity'),
          what: z.string(),
          before: z.string(),
          after: z.string(),
        }),
        z.strictObject({
          kind: z.literal('content'),
          state,
          path: z.string(),
          before: z.string(),
          after: z.string(),
        }),
      ]),
    ),
    states: z.array(
      z.strictObject({
        state,
        files: count,
        same: z.boolean(),
        seconds_before: seconds.nullable(),
        seconds_after: seconds.nullable(),
      }),
    ),
  })
  .describe('A candidate held against the run that it was staged from.');

export const segmentRunsShape = z
  .strictObject({
    schema: z.literal('fraudctl/segment-runs/v1'),
    runs: z.array(
      z.strictObject({
        name: segmentRunId,
        kind: z.enum(['folder', 'link', 'other']),
        bytes,
        status: z
          .string()
          .nullable()
          .describe('PASS or FAIL by its validation, how far it came as `to S3`, or empty'),
        leased: z.boolean(),
        referenced_by: z.array(z.string()).describe('what judges by it: recorded baselines and closures'),
      }),
    ),
  })
  .describe('The segment runs of a runs root.');

export const pruneShape = z
  .strictObject({
    schema: z.literal('fraudctl/prune/v1'),
    dry_run: z.boolean(),
    runs_root: folder,
    remove: z.array(z.strictObject({ name: z.string(), bytes })),
    keep: z.array(z.strictObject({ name: z.string(), bytes, why: z.string() })),
    record: z.string().nullable().describe('path of the record; null for a dry run'),
    pruned_at: instant.nullable(),
    failed: z.array(z.strictObject({ name: z.string(), why: z.string() })),
  })
  .describe('What pruning removes and what it keeps.');

export const baselineScoreShape = z
  .strictObject({
    schema: z.literal('fraud-platform/baseline-score/v1'),
    segment_run_id: segmentRunId,
    budgets: z.string().describe('name of the budgets that it is held against'),
    segment_seconds: seconds,
    states: z.array(
      z.strictObject({
        state,
        seconds,
        share: z.number(),
        target_seconds: seconds.nullable(),
        stretch_seconds: seconds.nullable(),
        budget: z.enum(['GREEN', 'AMBER', 'RED', 'NONE']),
      }),
    ),
    hotspots: z.array(z.strictObject({ state, share: z.number(), lane: z.string().nullable() })),
    next_phase: z.string().nullable(),
    reason: z.string(),
  })
  .describe('Where the time of a run went.');

export const laneScoreShape = z
  .strictObject({
    schema: z.literal('fraud-platform/lane-score/v1'),
    segment_run_id: segmentRunId,
    state,
    wall_seconds: seconds,
    lanes: z.array(z.strictObject({ lane: z.string(), seconds, share: z.number() })),
    lane_seconds: seconds,
    unexplained_seconds: seconds,
  })
  .describe('Lanes of one state.');

export const closureScoreShape = z
  .strictObject({
    schema: z.literal('fraud-platform/closure-score/v1'),
    phase_id: z.string(),
    gate: z.string(),
    state,
    baseline: segmentRunId,
    candidate: segmentRunId,
    witnesses: z.array(segmentRunId),
    vetoes: z.array(z.strictObject({ id: z.string(), clear: z.boolean(), detail: z.string() })),
    runtime: z.strictObject({
      baseline_seconds: seconds.nullable(),
      candidate_seconds: seconds.nullable(),
      improvement_fraction: z.number().nullable(),
      absolute_seconds: seconds,
      relative_reduction: z.number(),
      absolute_pass: z.boolean(),
      relative_pass: z.boolean(),
      noise_seconds: seconds,
      slower_than_authority: z.boolean(),
    }),
    decision: z.string().describe('`UNLOCK_…`, `HOLD_…` or `INDETERMINATE`'),
    reasons: z.array(z.string()),
  })
  .describe('Whether a phase may close on a candidate.');

export const baselineShape = z
  .strictObject({
    schema: z.literal('fraudctl/baseline/v1'),
    name: z.string(),
    path: z.string(),
    measures: runMeasuresSchema,
  })
  .describe('An authority that is recorded now.');
