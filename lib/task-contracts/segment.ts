import { z } from 'zod';
import { lakePrefixes } from '../../config/names.ts';
import { segmentRunIdSchema } from '../vocabulary/identifiers.ts';
import { defineTask } from './define-task.ts';
import { placeSchema } from './place.ts';

const minute = 60_000;

/**
 * States of the data engine, in one run folder: S0 seals a world, S1 … S3 make the demand baseline, S4
 * lays the calendars over it, S5 proves every row and seals the bundle. Needs no database and no secret.
 */
export const segmentContract = defineTask({
  name: 'segment',
  purpose: 'Runs states S0 … S5 of the data engine over a sealed world.',
  parameters: z.strictObject({
    /** Run in their order, whatever the order given. */
    states: z
      .array(z.enum(['S0', 'S1', 'S2', 'S3', 'S4', 'S5']))
      .min(1)
      .default(['S0', 'S1', 'S2', 'S3', 'S4', 'S5']),
    /** The folder that holds the runs, or their prefix in the lake; never guessed. */
    runs_root: placeSchema,
    /** A sealed world. */
    world: placeSchema,
    /** A policy folder; without it, the policies that this version ships. */
    policies: placeSchema.optional(),
    /** Scenarios of the run, which are part of its identity; none means all of the world. */
    run_scenario_ids: z.array(z.string().min(1).max(64)).max(40).default([]),
    /** Those that S4 does here; none means all of the run, and S5 always judges all of them. */
    scenario_ids: z.array(z.string().min(1).max(64)).max(40).default([]),
    /** The part of the merchants that S4 does here. */
    partition: z
      .strictObject({ index: z.int().min(0), count: z.int().min(1).max(8) })
      .refine(({ index, count }) => index < count, 'the index is not below the count')
      .default({ index: 0, count: 1 }),
    /** A staged candidate; without it, the run of this world, these policies and these scenarios. */
    segment_run_id: segmentRunIdSchema.optional(),
  }),
  settings: {},
  secrets: {},
  evidence: { reads: [], writes: [] },
  lake: { reads: [lakePrefixes.worlds, lakePrefixes.policies], writes: [lakePrefixes.runs] },
  actions: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  size: { cpu: 2048, memoryMiB: 4096, ephemeralDiskGiB: 50 },
  deadline: { default: 20 * minute, maximum: 120 * minute },
  stopGrace: 20_000,
});
