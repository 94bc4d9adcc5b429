import { z } from 'zod';
import { eventTypes } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

const fraction = z.number().min(0).max(1);

/** Rails inside the hard bounds: how often and how far factors may leave what is believable. */
export const overlayValidationSchema = z.strictObject({
  version: z.literal('v1'),
  warn_below: z.number().min(0),
  warn_above: z.number().min(0),
  /** A low factor is expected while an event of one of these types is active. */
  low_exempt_types: z.array(z.enum(eventTypes)),
  /** A factor counts as outside a rail only beyond this. */
  epsilon: z.number().min(0).max(1e-6),
  /** Whether one violation is enough to abort. */
  warnings_are_fatal: z.boolean(),
  /** Share of rows above which violations are reported. */
  warn_fraction: fraction,
  /** Share of rows above which violations abort the state. */
  fail_fraction: fraction,
  /** Mean factor of a baseline scenario. */
  baseline_mean: z.strictObject({ minimum: z.number().min(0), maximum: z.number().min(0) }),
  /** Largest 95th percentile of the factor of a stress scenario. */
  stress_p95_maximum: z.number().min(0),
});
export type OverlayValidationPolicy = z.infer<typeof overlayValidationSchema>;

export function findingsOfOverlayValidation(policy: OverlayValidationPolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const ordered = (path: string, low: number, high: number) => {
    if (low > high) findings.push({ path, value: String(low), message: `above ${high}` });
  };
  ordered('warn_below', policy.warn_below, policy.warn_above);
  ordered('warn_fraction', policy.warn_fraction, policy.fail_fraction);
  ordered('baseline_mean.minimum', policy.baseline_mean.minimum, policy.baseline_mean.maximum);
  return findings;
}
