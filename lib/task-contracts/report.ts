import { z } from 'zod';
import { databaseRole, lakePrefixes } from '../../config/names.ts';
import { executionIdSchema } from '../vocabulary/identifiers.ts';
import { defineTask } from './define-task.ts';
import { placeSchema } from './place.ts';

/**
 * Writes the report of something that is over: of a burst, from its sealed bundle and the database; or of a
 * segment run, from its folder. Three files: JSON for programs, Markdown for tickets, a page for people.
 */
export const reportContract = defineTask({
  name: 'report',
  purpose: 'Writes the report of a burst or of a segment run, as JSON, Markdown and one page.',
  parameters: z.discriminatedUnion('about', [
    z.strictObject({ about: z.literal('burst'), execution_id: executionIdSchema }),
    z.strictObject({
      about: z.literal('segment'),
      /** `<runs root>/<segment run id>`. */
      run_folder: placeSchema,
    }),
  ]),
  settings: {},
  secrets: {
    DATABASE_DSN: {
      kind: 'database-dsn',
      purpose: 'Login of the report role, which may read and nothing else.',
      path: 'database/report/dsn',
      role: databaseRole('report'),
    },
  },
  database: { secret: 'DATABASE_DSN', schema: 'current' },
  evidence: { reads: ['evidence/runs/'], writes: [] },
  lake: { reads: [lakePrefixes.runs], writes: [] },
  actions: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  size: { cpu: 1024, memoryMiB: 2048, ephemeralDiskGiB: 50 },
  deadline: { default: 300_000, maximum: 1_800_000 },
  stopGrace: 15_000,
});
