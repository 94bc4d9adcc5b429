import { z } from 'zod';
import { sha256Schema } from '../vocabulary/identifiers.ts';

/** The files of a report, by what they are for. */
export const reportFiles = ['report.json', 'report.md', 'report.html'] as const;
export type ReportFile = (typeof reportFiles)[number];

/** What the report task says of itself. */
export const reportOutputSchema = z.strictObject({
  about: z.enum(['burst', 'segment']),
  subject: z.string(),
  status: z.string(),
  files: z.array(
    z.strictObject({
      name: z.enum(reportFiles),
      key: z.string(),
      sha256: sha256Schema,
      bytes: z.int().min(0),
    }),
  ),
});
export type ReportOutput = z.infer<typeof reportOutputSchema>;
