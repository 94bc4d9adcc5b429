import { z } from 'zod';

const major = z.int().min(1).max(99);

/** Which versions of the states' laws may be validated together. */
export const specCompatibilitySchema = z.strictObject({
  version: z.literal('v1'),
  supported_majors: z.strictObject({
    S1: z.array(major).min(1),
    S2: z.array(major).min(1),
    S3: z.array(major).min(1),
    S4: z.array(major).min(1),
  }),
  /** Majors of S1 … S4 that work together. */
  supported_tuples: z.array(z.array(major).length(4)).min(1),
  on_mismatch: z.enum(['FAIL_VALIDATION', 'WARN']),
});
export type SpecCompatibilityPolicy = z.infer<typeof specCompatibilitySchema>;
