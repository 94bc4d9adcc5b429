import { createHash } from 'node:crypto';
import type { Table } from '../../tables/columns.ts';
import { f64Values, i32Values, strings, textOf } from '../frame/table-access.ts';
import type { Policies } from '../policies/load-policies.ts';
import type { ShapeTemplate } from '../policies/shape-library.ts';
import type { ZoneProfile } from '../policies/zone-modifiers.ts';
import { type CheckFinding, type CheckVerdict, unlessFound } from './check.ts';

type ShapePolicies = Pick<Policies, 'shape_library' | 'zone_modifiers' | 'shape_time_grid'>;

const mostFindings = 12;

/**
 * Computes every weekly shape again, row by row from the policies, by code that S2 does not use, and
 * compares each value. Exponentials may differ in the last bit between programs, so values agree
 * within `relative`. Law: the reference's S2 (choice by hash, zone profile, bells, windows).
 */
export function checkShapeValues(
  shapes: Table,
  policies: ShapePolicies,
  parameterHash: string,
  relative: number,
): CheckVerdict {
  const classes = strings(shapes, 'demand_class');
  const channels = strings(shapes, 'channel_group');
  const countries = strings(shapes, 'legal_country_iso');
  const zones = strings(shapes, 'tzid');
  const buckets = i32Values(shapes, 'bucket_index');
  const values = f64Values(shapes, 'shape_value');
  const known = new Map<string, Float64Array | undefined>();
  const findings: CheckFinding[] = [];
  let different = 0;
  let worst = 0;
  for (let row = 0; row < shapes.rows; row += 1) {
    const key = [
      textOf(classes, row),
      textOf(channels, row),
      textOf(countries, row),
      textOf(zones, row),
    ] as const;
    const name = key.join('|');
    if (!known.has(name)) known.set(name, shapeOf(...key, policies, parameterHash));
    const expected = known.get(name)?.[buckets[row] ?? -1];
    const found = values[row] ?? Number.NaN;
    const error =
      expected === undefined ? Number.NaN : Math.abs(found - expected) / Math.max(expected, 1e-300);
    if (error <= relative) {
      worst = Math.max(worst, error);
      continue;
    }
    different += 1;
    if (findings.length >= mostFindings) continue;
    findings.push({
      issueCode: 'S2_SHAPE_DIFFERS',
      context: {
        key: name,
        bucket_index: String(buckets[row]),
        found: String(found),
        expected: String(expected),
      },
      message: `${name}|${buckets[row]}: the shape is not what the policies make of it`,
    });
  }
  return unlessFound({ rows: shapes.rows, different, worst_relative_error: worst }, findings);
}

/** The shape of one class, channel, country and zone; `undefined` where the policies have none. */
function shapeOf(
  demandClass: string,
  channel: string,
  country: string,
  tzid: string,
  policies: ShapePolicies,
  parameterHash: string,
): Float64Array | undefined {
  const rule = policies.shape_library.rules.find(
    (one) => one.class === demandClass && one.channel_group === channel,
  );
  if (rule === undefined) return undefined;
  const digest = createHash('sha256')
    .update(`5A.S2.template|${demandClass}|${channel}|${tzid}|${parameterHash}`)
    .digest();
  const drawn = digest.readBigUInt64BE(0);
  // floor(((x + ½) / 2^64) · n), in whole numbers.
  const candidates = BigInt(rule.candidates.length);
  const template = rule.candidates[Number(((2n * drawn + 1n) * candidates) >> 65n)];
  const profile = profileOf(country, tzid, drawn, policies);
  if (template === undefined || profile === undefined) return undefined;
  const size = policies.shape_time_grid.bucket_minutes;
  const raw = Float64Array.from({ length: (7 * 1_440) / size }, (_, bucket) => {
    const minuteOfWeek = bucket * size;
    const day = Math.floor(minuteOfWeek / 1_440);
    const minute = minuteOfWeek - day * 1_440;
    return levelOf(template, day, minute) * multiplierOf(profile, day, minute);
  });
  let total = 0;
  for (const value of raw) total += value;
  return raw.map((value) => value / total);
}

function profileOf(
  country: string,
  tzid: string,
  drawn: bigint,
  { zone_modifiers: { overrides, profiles } }: ShapePolicies,
): ZoneProfile | undefined {
  for (const { countries, tzids, tzid_prefixes: prefixes, profile } of overrides) {
    if (countries !== undefined && !countries.includes(country)) continue;
    if (tzids !== undefined && !tzids.includes(tzid)) continue;
    if (prefixes !== undefined && !prefixes.some((prefix) => tzid.startsWith(prefix))) continue;
    return profiles.find(({ id }) => id === profile);
  }
  return profiles[Number(drawn % BigInt(profiles.length))];
}

function levelOf(template: ShapeTemplate, day: number, minute: number): number {
  const bells = template.peaks.map(({ centre, sigma, amplitude }) => {
    const distance = (minute - centre) / sigma;
    return amplitude * Math.exp((distance * distance) / -2);
  });
  const level = bells.reduce((sum, bell) => sum + bell, template.floor);
  return ((template.weekday_weights[day] ?? 0) * level) ** template.power;
}

function multiplierOf(profile: ZoneProfile, day: number, minute: number): number {
  const holding = profile.windows.filter(({ days, start_minute: start, end_minute: end }) => {
    if (!days.includes(day + 1)) return false;
    return start < end ? start <= minute && minute < end : minute >= start || minute < end;
  });
  return holding.reduce(
    (product, { multiplier }) => product * multiplier,
    profile.weekday_multipliers[day] ?? 1,
  );
}
