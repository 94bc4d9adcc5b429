import { createHash } from 'node:crypto';
import type { Table } from '../../tables/columns.ts';
import { strings, textOf } from '../frame/table-access.ts';
import type { Policies } from '../policies/load-policies.ts';
import type { ShapeTemplate } from '../policies/shape-library.ts';
import type { ZoneModifiersPolicy, ZoneProfile } from '../policies/zone-modifiers.ts';

export type ShapePolicies = Pick<Policies, 'shape_library' | 'zone_modifiers' | 'shape_time_grid'>;

export type ClassZoneKey = readonly [demandClass: string, channel: string, country: string, tzid: string];

/** The class-zone of a row of a table that has the four columns. */
export function classZoneKeys(table: Table): (row: number) => ClassZoneKey {
  const classes = strings(table, 'demand_class');
  const channels = strings(table, 'channel_group');
  const countries = strings(table, 'legal_country_iso');
  const zones = strings(table, 'tzid');
  return (row) => [textOf(classes, row), textOf(channels, row), textOf(countries, row), textOf(zones, row)];
}

/** What the shape of a class, channel, country and zone is made from. */
export type ShapeChoice = {
  readonly template: ShapeTemplate;
  /** Number of templates that it was drawn from. */
  readonly candidates: number;
  readonly profile: ZoneProfile;
  /** The override that decided about the profile, if one did. */
  readonly override: string | undefined;
};

/**
 * Draws template and zone profile again, by code that S2 does not use; `undefined` where the policies have
 * none. Law: the reference's S2 (choice by hash, the first override that holds).
 */
export function choiceOf(
  [demandClass, channel, country, tzid]: ClassZoneKey,
  policies: ShapePolicies,
  parameterHash: string,
): ShapeChoice | undefined {
  const rule = policies.shape_library.rules.find(
    (one) => one.class === demandClass && one.channel_group === channel,
  );
  if (rule === undefined) return undefined;
  const digest = createHash('sha256')
    .update(`5A.S2.template|${demandClass}|${channel}|${tzid}|${parameterHash}`)
    .digest();
  const drawn = digest.readBigUInt64BE(0);
  const candidates = rule.candidates.length;
  // floor(((x + ½) / 2^64) · n), in whole numbers.
  const template = rule.candidates[Number(((2n * drawn + 1n) * BigInt(candidates)) >> 65n)];
  const { overrides, profiles } = policies.zone_modifiers;
  const override = overrides.find((one) => holds(one, country, tzid));
  const profile =
    override === undefined
      ? profiles[Number(drawn % BigInt(profiles.length))]
      : profiles.find(({ id }) => id === override.profile);
  if (template === undefined || profile === undefined) return undefined;
  return { template, candidates, profile, override: override?.id };
}

function holds(
  { countries, tzids, tzid_prefixes: prefixes }: ZoneModifiersPolicy['overrides'][number],
  country: string,
  tzid: string,
): boolean {
  if (countries !== undefined && !countries.includes(country)) return false;
  if (tzids !== undefined && !tzids.includes(tzid)) return false;
  return prefixes === undefined || prefixes.some((prefix) => tzid.startsWith(prefix));
}
