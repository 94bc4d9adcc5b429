import { unitDraw } from '../draw.ts';
import type { ParameterHash } from '../identity.ts';
import type { DemandScalePolicy } from '../policies/demand-scale.ts';
import type { MerchantClassPolicy } from '../policies/merchant-class.ts';
import type { ChannelGroup, DemandClass, VirtualMode, ZoneRole } from '../vocabulary.ts';

/** Sites of a merchant in one zone, and in the zone's whole country. Counts, not shares. */
export type SiteCounts = { readonly inZone: number; readonly inCountry: number };

/** What a zone is to its merchant; a merchant without sites in the country has only tail zones. */
export function zoneRole(sites: SiteCounts, thresholds: MerchantClassPolicy['role_thresholds']): ZoneRole {
  if (sites.inCountry <= 0) return 'tail_zone';
  const share = sites.inZone / sites.inCountry;
  if (share >= thresholds.primary) return 'primary_zone';
  return share <= thresholds.tail ? 'tail_zone' : 'secondary_zone';
}

/** The message whose hash is the scale draw of a merchant-zone. */
export function perSiteMessage(
  merchantId: bigint,
  country: string,
  tzid: string,
  parameterHash: ParameterHash,
): string {
  return `5A.scale|per_site|${merchantId}|${country}|${tzid}|${parameterHash}`;
}

/** Arrivals that one site expects in a local week: Pareto with the class's median and tail index, clipped. */
export function perSiteVolume(message: string, scale: DemandScalePolicy['classes'][DemandClass]): number {
  const smallest = scale.median / 2 ** (1 / scale.alpha);
  return Math.min(scale.clip, smallest / (1 - unitDraw(message)) ** (1 / scale.alpha));
}

export type WeeklyFactors = {
  readonly sites: SiteCounts;
  readonly perSite: number;
  readonly role: ZoneRole;
  readonly virtualMode: VirtualMode;
  readonly channelGroup: ChannelGroup;
};

/** Expected arrivals a local week before the soft cap; 0 without sites. Multiplied from left to right. */
export function rawWeeklyVolume(factors: WeeklyFactors, policy: DemandScalePolicy): number {
  const { sites, perSite, role, virtualMode, channelGroup } = factors;
  if (sites.inZone <= 0) return 0;
  return (
    policy.global_multiplier *
    sites.inZone *
    perSite *
    policy.zone_multipliers[role] *
    Math.max(1, sites.inCountry) ** policy.brand_size_exponent *
    policy.virtual_multipliers[virtualMode] *
    policy.channel_multipliers[channelGroup]
  );
}

/** Keeps a share of what exceeds the cap, and never more than the cap times its multiplier. */
export function softCapped(weekly: number, cap: DemandScalePolicy['soft_cap']): number {
  if (weekly <= cap.weekly) return weekly;
  const kept = cap.weekly + (weekly - cap.weekly) * cap.ratio;
  return Math.min(kept, Math.max(cap.weekly * cap.multiplier, cap.weekly));
}

/** Weekly volume in medians of the class per site; 0 without sites. */
export function scaleFactor(weekly: number, sitesInZone: number, median: number): number {
  return sitesInZone <= 0 ? 0 : weekly / (sitesInZone * median);
}
