import { z } from 'zod';
import { type ChannelGroup, channelGroups, type DemandClass, demandClasses } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

const demandClass = z.enum(demandClasses);
const share = z.number().min(0).max(1);

/** Which demand class a merchant belongs to: by virtual mode, else by channel group and sector. */
export const merchantClassSchema = z.strictObject({
  version: z.literal('v1'),
  /** Class of merchants that exist (partly) online, by virtual mode. */
  virtual_classes: z.strictObject({ HYBRID: demandClass, VIRTUAL_ONLY: demandClass }),
  /** A zone with at least `primary` of a merchant's sites in the country is primary, at most `tail`: tail. */
  role_thresholds: z.strictObject({ primary: share, tail: share }),
  sectors: z.record(
    z.string().regex(/^[a-z][a-z_]*$/, 'not a sector name'),
    z.strictObject({
      classes: z.strictObject({ card_present: demandClass, card_not_present: demandClass }),
      /** Merchant category codes, 0 … 9999. */
      mccs: z.array(z.int().min(0).max(9_999)).min(1),
    }),
  ),
  /** What a believable population looks like; S1 counts a warning where it does not. */
  realism: z.strictObject({
    maximum_class_share: share,
    minimum_nontrivial_classes: z.int().min(1).max(demandClasses.length),
    nontrivial_share: share,
    minimum_virtual_share: share,
    maximum_country_share_in_class: share,
  }),
});
export type MerchantClassPolicy = z.infer<typeof merchantClassSchema>;

/** Laws across fields: thresholds in order, no code in two sectors, no class out of reach. */
export function findingsOfMerchantClass(policy: MerchantClassPolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const { primary, tail } = policy.role_thresholds;
  if (tail >= primary) {
    findings.push({
      path: 'role_thresholds.tail',
      value: String(tail),
      message: 'tail is not below primary',
    });
  }
  const sectorOf = new Map<number, string>();
  for (const [sector, { mccs }] of Object.entries(policy.sectors)) {
    for (const mcc of mccs) {
      const other = sectorOf.get(mcc);
      if (other !== undefined) {
        findings.push({
          path: `sectors.${sector}.mccs`,
          value: String(mcc),
          message: `the code also stands in ${other}`,
        });
      }
      sectorOf.set(mcc, sector);
    }
  }
  const reached = new Set<DemandClass>(Object.values(policy.virtual_classes));
  for (const { classes } of Object.values(policy.sectors)) {
    for (const channel of channelGroups) reached.add(classes[channel]);
  }
  for (const name of demandClasses) {
    if (!reached.has(name)) {
      findings.push({ path: 'sectors', value: name, message: 'no sector leads to this class' });
    }
  }
  return findings;
}

/** Sector and classes of every code that the policy maps, for look-up by code. */
export function sectorsByCode(
  policy: MerchantClassPolicy,
): ReadonlyMap<
  number,
  { readonly sector: string; readonly classes: Readonly<Record<ChannelGroup, DemandClass>> }
> {
  return new Map(
    Object.entries(policy.sectors).flatMap(([sector, { classes, mccs }]) =>
      mccs.map((mcc) => [mcc, { sector, classes }] as const),
    ),
  );
}
