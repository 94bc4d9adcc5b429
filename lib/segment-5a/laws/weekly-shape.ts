import { drawOf } from '../draw.ts';
import type { ParameterHash } from '../identity.ts';
import type { ShapeTemplate } from '../policies/shape-library.ts';
import type { ZoneModifiersPolicy, ZoneProfile } from '../policies/zone-modifiers.ts';
import type { WeekGrid } from './week-grid.ts';

/** The message whose hash draws template and zone profile. */
export function templateMessage(
  demandClass: string,
  channelGroup: string,
  tzid: string,
  parameterHash: ParameterHash,
): string {
  return `5A.S2.template|${demandClass}|${channelGroup}|${tzid}|${parameterHash}`;
}

export type ZoneKey = { readonly country: string; readonly tzid: string };

export type ShapeChoice = {
  /** Position of the template among the rule's candidates. */
  readonly template: number;
  readonly profile: ZoneProfile;
  /** The override that decided about the profile, if one did. */
  readonly override?: string;
};

/** Template by the unit draw, zone profile by the first override that holds, else by the 64 bits modulo their number. */
export function chooseShape(
  message: string,
  candidates: number,
  zone: ZoneKey,
  modifiers: ZoneModifiersPolicy,
): ShapeChoice {
  const { u64, unit } = drawOf(message);
  const template = Math.min(Math.floor(unit * candidates), candidates - 1);
  const override = modifiers.overrides.find(
    ({ countries, tzids, tzid_prefixes: prefixes }) =>
      (countries?.includes(zone.country) ?? true) &&
      (tzids?.includes(zone.tzid) ?? true) &&
      (prefixes?.some((prefix) => zone.tzid.startsWith(prefix)) ?? true),
  );
  const id = override?.profile ?? `zg${u64 % BigInt(modifiers.profiles.length)}`;
  const profile = modifiers.profiles.find((candidate) => candidate.id === id);
  // The policy's parser has proven that every id in reach exists.
  if (profile === undefined) throw new Error(`no zone profile ${id}`);
  return { template, profile, ...(override === undefined ? {} : { override: override.id }) };
}

/** v_k = (weekday weight · (floor + Σ A · exp(−½((minute − c)/σ)²)))^power at the bucket's start; not normalised. */
export function templateValues(template: ShapeTemplate, grid: WeekGrid): Float64Array {
  const ofDay = Float64Array.from({ length: grid.bucketsPerDay }, (_, k) => {
    let level = template.floor;
    for (const { centre, sigma, amplitude } of template.peaks) {
      level += amplitude * Math.exp(-0.5 * (((grid.minute[k] ?? 0) - centre) / sigma) ** 2);
    }
    return level;
  });
  return Float64Array.from({ length: grid.buckets }, (_, k) => {
    const weight = template.weekday_weights[(grid.weekday[k] ?? 1) - 1] ?? 0;
    return (weight * (ofDay[k % grid.bucketsPerDay] ?? 0)) ** template.power;
  });
}

/** Weekday multiplier times the multipliers of all windows that hold at the bucket's start. */
export function profileMultipliers(profile: ZoneProfile, grid: WeekGrid): Float64Array {
  return Float64Array.from({ length: grid.buckets }, (_, k) => {
    let multiplier = profile.weekday_multipliers[(grid.weekday[k] ?? 1) - 1] ?? 1;
    for (const window of profile.windows) {
      if (inWindow(window, grid, k)) multiplier *= window.multiplier;
    }
    return multiplier;
  });
}

function inWindow(window: ZoneProfile['windows'][number], grid: WeekGrid, bucket: number): boolean {
  const minute = grid.minute[bucket] ?? 0;
  const { start_minute: start, end_minute: end } = window;
  const inside = start < end ? minute >= start && minute < end : minute >= start || minute < end;
  return inside && window.days.includes(grid.weekday[bucket] ?? 0);
}

/** shape_k = v_k · mod_k / Σ, summed in bucket order; all zero or not finite gives NaN, which no check lets pass. */
export function normalisedShape(values: Float64Array, multipliers: Float64Array): Float64Array {
  const bent = values.map((value, k) => value * (multipliers[k] ?? 1));
  const total = bent.reduce((sum, value) => sum + value, 0);
  return bent.map((value) => value / total);
}

/** What bent a bucket: `zone_override:…`, `zone_profile:…` (unless neutral), `zone_window:…`; joined by `;`. */
export function adjustmentFlags(choice: ShapeChoice, grid: WeekGrid, bucket: number): string {
  const flags: string[] = [];
  if (choice.override !== undefined) flags.push(`zone_override:${choice.override}`);
  if (!isNeutral(choice.profile)) flags.push(`zone_profile:${choice.profile.id}`);
  for (const window of choice.profile.windows) {
    if (inWindow(window, grid, bucket)) flags.push(`zone_window:${window.id}`);
  }
  return flags.join(';');
}

function isNeutral(profile: ZoneProfile): boolean {
  return profile.windows.length === 0 && profile.weekday_multipliers.every((value) => value === 1);
}
