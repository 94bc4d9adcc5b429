import { z } from 'zod';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';

const window = z.enum(['task_life', 'load']);
export type WindowName = z.infer<typeof window>;

/** What a burst must have shown; a file in `config/gates`. Seconds, and admissions a minute. */
export const burstGateSpecSchema = z.strictObject({
  version: z.literal('v1'),
  name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'not lower-case words joined by -'),
  /** Phase whose blockers it decides about. */
  phase_id: z.string().regex(/^[A-Z][A-Z0-9]*\.[A-Z0-9]+$/, 'not a phase such as M10.F'),
  baseline: z.strictObject({
    admits_per_minute: z.number().positive(),
    /** Where the figure comes from: a recorded baseline, or the evidence that was pinned. */
    source: z.string().min(5).max(200),
  }),
  multiplier_minimum: z.number().positive().max(100),
  admit_ratio_minimum: z.number().positive().max(1),
  duration_seconds: z
    .strictObject({ minimum: z.number().positive(), maximum: z.number().positive().max(86_400) })
    .refine(({ minimum, maximum }) => minimum <= maximum, 'the minimum is above the maximum'),
  operator_cap_seconds: z.number().positive(),
  ambiguous_maximum: z.literal(0),
  longest_stall_seconds: z.number().positive(),
  clock_tolerance_seconds: z.number().min(0).max(60),
  judged_on: z.strictObject({ rate: window, duration: window, budget: window }),
});
export type BurstGateSpec = z.infer<typeof burstGateSpecSchema>;

/** Identity of a gate: what judges is what was reviewed before the launch. Pure. */
export function gateSpecDigest(spec: BurstGateSpec): Sha256 {
  return sha256Of(canonicalBytes(z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(spec)))));
}
