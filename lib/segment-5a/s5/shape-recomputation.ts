import type { Table } from '../../tables/columns.ts';
import { f64Values, i32Values, strings, textOf } from '../frame/table-access.ts';
import type { ShapeTemplate } from '../policies/shape-library.ts';
import type { ZoneProfile } from '../policies/zone-modifiers.ts';
import { type CheckFinding, type CheckVerdict, unlessFound } from './check.ts';
import { mostFindings } from './row-findings.ts';
import {
  type ClassZoneKey,
  choiceOf,
  classZoneKeys,
  type ShapeChoice,
  type ShapePolicies,
} from './shape-choice.ts';

/** By bucket of the week. */
type ExpectedShape = { readonly values: Float64Array; readonly flags: readonly string[] };

/**
 * Computes every weekly shape again, row by row from the policies, by code that S2 does not use, and
 * compares each value and what is said to have bent it. Exponentials may differ in the last bit between
 * programs, so values agree within `relative`. Law: the reference's S2 (zone profile, bells, windows).
 */
export function checkShapeValues(
  shapes: Table,
  policies: ShapePolicies,
  parameterHash: string,
  relative: number,
): CheckVerdict {
  const keyAt = classZoneKeys(shapes);
  const buckets = i32Values(shapes, 'bucket_index');
  const values = f64Values(shapes, 'shape_value');
  const flags = strings(shapes, 'adjustment_flags');
  const known = new Map<string, ExpectedShape | undefined>();
  const findings: CheckFinding[] = [];
  const counts = { different: 0, flags: 0 };
  let worst = 0;
  const note = (
    issueCode: string,
    count: number,
    name: string,
    row: number,
    found: string,
    expected: string,
  ) => {
    if (count > mostFindings) return;
    const bucket_index = String(buckets[row]);
    const what = issueCode === 'S2_FLAGS_DIFFER' ? 'the flags are' : 'the shape is';
    const message = `${name}|${bucket_index}: ${what} not what the policies make of it`;
    findings.push({ issueCode, context: { key: name, bucket_index, found, expected }, message });
  };
  for (let row = 0; row < shapes.rows; row += 1) {
    const key = keyAt(row);
    const name = key.join('|');
    if (!known.has(name)) known.set(name, shapeOf(key, policies, parameterHash));
    const bucket = buckets[row] ?? -1;
    const shape = known.get(name);
    const expected = shape?.values[bucket];
    const found = values[row] ?? Number.NaN;
    const error =
      expected === undefined ? Number.NaN : Math.abs(found - expected) / Math.max(expected, 1e-300);
    if (error <= relative) worst = Math.max(worst, error);
    else {
      counts.different += 1;
      note('S2_SHAPE_DIFFERS', counts.different, name, row, String(found), String(expected));
    }
    const told = textOf(flags, row);
    const expectedFlags = shape?.flags[bucket];
    if (told === expectedFlags) continue;
    counts.flags += 1;
    note('S2_FLAGS_DIFFER', counts.flags, name, row, told, String(expectedFlags));
  }
  return unlessFound({ rows: shapes.rows, ...counts, worst_relative_error: worst }, findings);
}

/** The shape of one class, channel, country and zone; `undefined` where the policies have none. */
function shapeOf(
  key: ClassZoneKey,
  policies: ShapePolicies,
  parameterHash: string,
): ExpectedShape | undefined {
  const choice = choiceOf(key, policies, parameterHash);
  if (choice === undefined) return undefined;
  const size = policies.shape_time_grid.bucket_minutes;
  const times = Array.from({ length: (7 * 1_440) / size }, (_, bucket) => {
    const minuteOfWeek = bucket * size;
    const day = Math.floor(minuteOfWeek / 1_440);
    return { day, minute: minuteOfWeek - day * 1_440 };
  });
  const raw = Float64Array.from(
    times,
    ({ day, minute }) => levelOf(choice.template, day, minute) * multiplierOf(choice.profile, day, minute),
  );
  let total = 0;
  for (const value of raw) total += value;
  return {
    values: raw.map((value) => value / total),
    flags: times.map(({ day, minute }) => flagsOf(choice, day, minute)),
  };
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
  return windowsAt(profile, day, minute).reduce(
    (product, { multiplier }) => product * multiplier,
    profile.weekday_multipliers[day] ?? 1,
  );
}

function flagsOf({ profile, override }: ShapeChoice, day: number, minute: number): string {
  const neutral = profile.windows.length === 0 && profile.weekday_multipliers.every((one) => one === 1);
  return [
    ...(override === undefined ? [] : [`zone_override:${override}`]),
    ...(neutral ? [] : [`zone_profile:${profile.id}`]),
    ...windowsAt(profile, day, minute).map(({ id }) => `zone_window:${id}`),
  ].join(';');
}

function windowsAt({ windows }: ZoneProfile, day: number, minute: number): ZoneProfile['windows'] {
  return windows.filter(({ days, start_minute: start, end_minute: end }) => {
    if (!days.includes(day + 1)) return false;
    return start < end ? start <= minute && minute < end : minute >= start || minute < end;
  });
}
