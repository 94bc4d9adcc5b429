import { z } from 'zod';

/** Where a part of a report comes from: a member, or several, or a figure within one after a colon. */
export const provenanceSchema = z.strictObject({ part: z.string(), source: z.string() });
export type Provenance = z.infer<typeof provenanceSchema>;
