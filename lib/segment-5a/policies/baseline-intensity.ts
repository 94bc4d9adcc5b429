import { z } from 'zod';

/** Limits on the baseline λ_base = weekly · shape; a breach is an error, nothing is clipped. */
export const baselineIntensitySchema = z.strictObject({
  version: z.literal('v1'),
  /** Largest distance of a shape's sum from 1. */
  shape_sum_tolerance: z.number().positive().max(1e-3),
  /** Largest |Σλ − weekly| / max(|weekly|, 1) of a merchant-zone. */
  weekly_relative_tolerance: z.number().positive().max(1e-3),
  /** Largest expected arrivals in one bucket. */
  maximum_lambda: z.number().positive(),
  /** Largest expected arrivals in one local week. */
  maximum_weekly: z.number().positive(),
});
export type BaselineIntensityPolicy = z.infer<typeof baselineIntensitySchema>;
