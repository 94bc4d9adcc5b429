import { createHash } from 'node:crypto';
import type { Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';

/** S1 to S3 written a second time, one merchant-zone at a time, sharing nothing with what they judge but the policies. */
export type OraclePair = {
  readonly merchantId: bigint;
  readonly mcc: number;
  readonly channel: 'card_present' | 'card_not_present';
  readonly virtualMode: 'HYBRID' | 'NON_VIRTUAL' | 'VIRTUAL_ONLY';
  readonly country: string;
  readonly tzid: string;
  readonly sites: number;
  readonly sitesInCountry: number;
};

export type OracleBaseline = {
  readonly demandClass: string;
  readonly role: string;
  readonly weekly: number;
  readonly scaleFactor: number;
  readonly lambda: readonly number[];
};

export function oracleBaseline(pair: OraclePair, policies: Policies): OracleBaseline {
  const { merchant_class: classes, demand_scale: scale } = policies;
  const hash = policies.parameterHash;
  const sector = Object.values(classes.sectors).find(({ mccs }) => mccs.includes(pair.mcc));
  if (sector === undefined) throw new Error(`no sector has ${pair.mcc}`);
  const demandClass =
    pair.virtualMode === 'NON_VIRTUAL'
      ? sector.classes[pair.channel]
      : classes.virtual_classes[pair.virtualMode];
  const share = pair.sitesInCountry > 0 ? pair.sites / pair.sitesInCountry : 0;
  let role: 'primary_zone' | 'secondary_zone' | 'tail_zone' = 'secondary_zone';
  if (share >= classes.role_thresholds.primary) role = 'primary_zone';
  else if (share <= classes.role_thresholds.tail) role = 'tail_zone';
  if (pair.sitesInCountry <= 0) role = 'tail_zone';

  const { median, alpha, clip } = scale.classes[demandClass];
  const [, u] = draw(`5A.scale|per_site|${pair.merchantId}|${pair.country}|${pair.tzid}|${hash}`);
  const perSite = Math.min(clip, median / 2 ** (1 / alpha) / (1 - u) ** (1 / alpha));
  let weekly = scale.global_multiplier * pair.sites * perSite;
  weekly *= scale.zone_multipliers[role];
  weekly *= Math.max(1, pair.sitesInCountry) ** scale.brand_size_exponent;
  weekly *= scale.virtual_multipliers[pair.virtualMode];
  weekly *= scale.channel_multipliers[pair.channel];
  if (weekly > scale.soft_cap.weekly) {
    const kept = scale.soft_cap.weekly + (weekly - scale.soft_cap.weekly) * scale.soft_cap.ratio;
    weekly = Math.min(
      kept,
      Math.max(scale.soft_cap.weekly * scale.soft_cap.multiplier, scale.soft_cap.weekly),
    );
  }
  const scaleFactor = pair.sites > 0 ? weekly / (pair.sites * median) : 0;
  const shape = oracleShape(demandClass, pair, policies);
  return { demandClass, role, weekly, scaleFactor, lambda: shape.map((value) => weekly * value) };
}

function oracleShape(demandClass: string, pair: OraclePair, policies: Policies): readonly number[] {
  const { shape_library: library, zone_modifiers: modifiers } = policies;
  const rule = library.rules.find((one) => one.class === demandClass && one.channel_group === pair.channel);
  if (rule === undefined) throw new Error('no rule');
  const [x, u] = draw(`5A.S2.template|${demandClass}|${pair.channel}|${pair.tzid}|${policies.parameterHash}`);
  const template =
    rule.candidates[Math.min(Math.floor(u * rule.candidates.length), rule.candidates.length - 1)];
  const forced = modifiers.overrides.find(
    (one) =>
      (one.countries === undefined || one.countries.includes(pair.country)) &&
      (one.tzids === undefined || one.tzids.includes(pair.tzid)) &&
      (one.tzid_prefixes === undefined || one.tzid_prefixes.some((prefix) => pair.tzid.startsWith(prefix))),
  );
  const drawn = modifiers.profiles[Number(x % BigInt(modifiers.profiles.length))];
  const profile = modifiers.profiles.find(({ id }) => id === forced?.profile) ?? drawn;
  if (template === undefined || profile === undefined) throw new Error('nothing was drawn');
  const values: number[] = [];
  for (let day = 1; day <= 7; day += 1) {
    for (let minute = 0; minute < 1_440; minute += 60) {
      let level = template.floor;
      for (const peak of template.peaks) {
        const distance = (minute - peak.centre) / peak.sigma;
        level += peak.amplitude * Math.exp(-0.5 * distance ** 2);
      }
      let value = ((template.weekday_weights[day - 1] ?? 0) * level) ** template.power;
      let multiplier = profile.weekday_multipliers[day - 1] ?? 0;
      for (const { days, start_minute: start, end_minute: end, multiplier: factor } of profile.windows) {
        const inside = start < end ? start <= minute && minute < end : start <= minute || minute < end;
        if (inside && days.includes(day)) multiplier *= factor;
      }
      value *= multiplier;
      values.push(value);
    }
  }
  let total = 0;
  for (const value of values) total += value;
  return values.map((value) => value / total);
}

function draw(message: string): readonly [bigint, number] {
  const x = createHash('sha256').update(message).digest().readBigUInt64BE(0);
  return [x, (Number(x) + 0.5) / 2 ** 64];
}
