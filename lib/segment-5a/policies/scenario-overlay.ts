import { z } from 'zod';
import { eventTypes, scopePredicates } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

const amplitude = z.number().min(0).max(100);

/** What events may look like, and the hard bounds of the factor that they make together. */
export const scenarioOverlaySchema = z.strictObject({
  version: z.literal('v1'),
  types: z.record(
    z.enum(eventTypes),
    z.strictObject({
      /** Amplitude of a constant event whose row gives none. */
      default_amplitude: amplitude,
      /** Bounds of the amplitude (of a ramp: of its peak), ends included; a row outside is refused. */
      amplitude_bounds: z.strictObject({ minimum: amplitude, maximum: amplitude }),
      /** By what an event of this type may be scoped. */
      scopes: z.array(z.enum(['global', ...scopePredicates])).min(1),
    }),
  ),
  limits: z.strictObject({
    amplitude: z.strictObject({ minimum: amplitude, maximum: amplitude }),
    /** Largest ramp-in and ramp-out, in buckets. */
    ramp_buckets: z.int().min(0).max(1_000),
    events: z.int().min(1).max(1_000_000),
    /** Most events that may act on one merchant-zone in one bucket. */
    overlapping_events: z.int().min(1).max(1_000),
  }),
  /** The product of all factors is clipped into this, ends included. */
  factor_bounds: z.strictObject({ minimum: amplitude, maximum: amplitude }),
});
export type ScenarioOverlayPolicy = z.infer<typeof scenarioOverlaySchema>;

export function findingsOfOverlay(policy: ScenarioOverlayPolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const say = (path: string, value: number, message: string) =>
    findings.push({ path, value: String(value), message });
  const { limits, factor_bounds: bounds } = policy;
  if (bounds.minimum > bounds.maximum) say('factor_bounds.minimum', bounds.minimum, 'above the maximum');
  for (const [type, rule] of Object.entries(policy.types)) {
    const { minimum, maximum } = rule.amplitude_bounds;
    if (minimum > maximum) say(`types.${type}.amplitude_bounds.minimum`, minimum, 'above the maximum');
    if (minimum < limits.amplitude.minimum || maximum > limits.amplitude.maximum) {
      say(`types.${type}.amplitude_bounds`, maximum, 'outside limits.amplitude');
    }
    if (rule.default_amplitude < minimum || rule.default_amplitude > maximum) {
      say(`types.${type}.default_amplitude`, rule.default_amplitude, 'outside its bounds');
    }
    if (new Set(rule.scopes).size !== rule.scopes.length) {
      findings.push({
        path: `types.${type}.scopes`,
        value: rule.scopes.join(','),
        message: 'a scope stands twice',
      });
    }
  }
  return findings;
}
