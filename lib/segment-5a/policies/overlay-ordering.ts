import { z } from 'zod';
import { type EventType, eventTypes } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

/** Which of several events on one merchant-zone and hour counts. There is no default: the policy is required. */
export const overlayOrderingSchema = z.strictObject({
  version: z.literal('v1'),
  types: z.record(
    z.enum(eventTypes),
    z.strictObject({
      /** A type masks only types of lower priority, and masks are applied from the highest priority down. */
      priority: z.int().min(0).max(1_000),
      /** Whether only the most specific scopes count, or all that match. */
      selection: z.enum(['MOST_SPECIFIC_ONLY', 'ALL']),
      aggregation: z.enum(['MIN', 'MAX']),
    }),
  ),
  masks: z.array(
    z.strictObject({
      when_active: z.enum(eventTypes),
      targets: z.array(z.enum(eventTypes)).min(1),
      effect: z.enum(['NEUTRALIZE', 'CAP_AT_ONE', 'FLOOR_AT_ONE']),
    }),
  ),
});
export type OverlayOrderingPolicy = z.infer<typeof overlayOrderingSchema>;
export type OverlayMask = OverlayOrderingPolicy['masks'][number];

export function findingsOfOrdering(policy: OverlayOrderingPolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const priorities = new Map<number, EventType>();
  for (const type of eventTypes) {
    const { priority } = policy.types[type];
    const other = priorities.get(priority);
    if (other !== undefined) {
      findings.push({
        path: `types.${type}.priority`,
        value: String(priority),
        message: `is also that of ${other}`,
      });
    }
    priorities.set(priority, type);
  }
  for (const [index, mask] of policy.masks.entries()) {
    for (const target of mask.targets) {
      if (policy.types[target].priority < policy.types[mask.when_active].priority) continue;
      findings.push({
        path: `masks.${index}.targets`,
        value: target,
        message: `${mask.when_active} may mask only types of lower priority`,
      });
    }
  }
  return findings;
}

/** The masks in the order in which they are applied: by priority of what triggers them, then as written. */
export function masksInOrder(policy: OverlayOrderingPolicy): readonly OverlayMask[] {
  const priority = (mask: OverlayMask) => policy.types[mask.when_active].priority;
  return policy.masks.toSorted((left, right) => priority(right) - priority(left));
}
