import { z } from 'zod';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';

/** Lanes of a Map are at most this many. */
const mostLanes = 40;

const rateSchema = z.union([
  z.strictObject({
    multiplier: z.number().positive().max(100),
    baseline_admits_per_minute: z.number().positive().max(10_000_000),
  }),
  z.strictObject({ events_per_minute: z.number().positive().max(10_000_000) }),
]);

/** A burst as a file in `config/bursts` describes it. */
export const burstPlanSchema = z.strictObject({
  version: z.literal('v1'),
  name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'not lower-case words joined by -'),
  purpose: z.string().min(10).max(400),
  /** Whether its evidence may clear a blocker. A rehearsal never does. */
  certifying: z.boolean(),
  lanes: z.int().min(1).max(mostLanes),
  /** Of all lanes together, on the plateau. */
  rate: rateSchema,
  /** Seconds in which the rate climbs from nothing to the plateau. */
  warm_up_seconds: z.int().min(0).max(600),
  /** Seconds from the first send to the last one, the warm-up included. */
  duration_seconds: z.int().min(1).max(5_400),
  /** Of all lanes together. */
  max_events: z.int().min(1).max(1_000_000_000),
  batch_size: z.int().min(1).max(1_000),
  /** Requests of one lane that may wait for their answer. */
  in_flight: z.int().min(1).max(64),
  /** Seconds after which an operator would stop it; a finding of its own when exceeded. */
  operator_cap_seconds: z.int().min(1).max(7_200).optional(),
});
export type BurstPlan = z.infer<typeof burstPlanSchema>;

/** Identity of a plan: what is launched is what was reviewed. Pure. */
export function planDigest(plan: BurstPlan): Sha256 {
  return sha256Of(canonicalBytes(z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(plan)))));
}

/** Events a second of all lanes together, on the plateau. Pure. */
export function plateauPerSecond({ rate }: Pick<BurstPlan, 'rate'>): number {
  const perMinute =
    'multiplier' in rate ? rate.multiplier * rate.baseline_admits_per_minute : rate.events_per_minute;
  return perMinute / 60;
}
