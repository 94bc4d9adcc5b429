import { z } from 'zod';
import { channelGroups, demandClasses, virtualModes, zoneRoles } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

const positive = z.number().positive();

/** How many arrivals a merchant-zone expects in a local week. */
export const demandScaleSchema = z.strictObject({
  version: z.literal('v1'),
  /** G: factor on everything. */
  global_multiplier: positive.max(1_000),
  /** b: exponent of the merchant's sites in the country. */
  brand_size_exponent: z.number().min(0).max(1),
  zone_multipliers: z.record(z.enum(zoneRoles), positive.max(100)),
  virtual_multipliers: z.record(z.enum(virtualModes), positive.max(100)),
  channel_multipliers: z.record(z.enum(channelGroups), positive.max(100)),
  /** Pareto scale per class, in arrivals a site and week. */
  classes: z.record(
    z.enum(demandClasses),
    z.strictObject({
      median: positive,
      /** α, the tail index. */
      alpha: z.number().gt(1).max(10),
      /** The largest value that one site may draw. */
      clip: positive,
      high_variability: z.boolean(),
    }),
  ),
  /** Below this many arrivals a week a row is flagged as low volume. */
  low_volume_below: positive,
  /** From this many arrivals a week a row is counted as high volume in the run report. */
  high_volume_from: positive,
  soft_cap: z.strictObject({
    weekly: positive,
    /** Share of the excess that is kept. */
    ratio: z.number().min(0).max(1),
    /** The capped value never exceeds `weekly · multiplier`. */
    multiplier: z.number().min(1).max(100),
  }),
  /** What a believable volume looks like; S1 counts a warning where it does not. */
  realism: z.strictObject({
    mean_per_site: z.strictObject({ minimum: positive, maximum: positive }),
    minimum_p99_over_p50: positive,
    maximum_class_volume_share: z.number().min(0).max(1),
  }),
});
export type DemandScalePolicy = z.infer<typeof demandScaleSchema>;

export function findingsOfDemandScale(policy: DemandScalePolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  for (const [name, { median, clip }] of Object.entries(policy.classes)) {
    if (clip < median) {
      findings.push({ path: `classes.${name}.clip`, value: String(clip), message: 'below the median' });
    }
  }
  if (policy.high_volume_from <= policy.low_volume_below) {
    findings.push({
      path: 'high_volume_from',
      value: String(policy.high_volume_from),
      message: 'not above low_volume_below',
    });
  }
  const { minimum, maximum } = policy.realism.mean_per_site;
  if (minimum > maximum) {
    findings.push({
      path: 'realism.mean_per_site.minimum',
      value: String(minimum),
      message: 'above the maximum',
    });
  }
  return findings;
}
