import { z } from 'zod';
import { daysPerWeek, minutesPerDay } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

const profileId = z.string().regex(/^zg\d+$/, 'not a zone profile id like zg0');
const multiplier = z.number().positive().max(10);

/** How a time zone bends the weekly shapes: a profile drawn by hash, or forced by an override. */
export const zoneModifiersSchema = z.strictObject({
  version: z.literal('v1'),
  /** Profile `zg{i}` stands at position i; the draw is taken modulo their number. */
  profiles: z
    .array(
      z.strictObject({
        id: profileId,
        /** Monday … Sunday. */
        weekday_multipliers: z.array(multiplier).length(daysPerWeek),
        windows: z.array(
          z.strictObject({
            id: z.string().regex(/^[a-z0-9_]{1,32}$/, 'not a window id'),
            /** ISO weekdays, 1 = Monday. */
            days: z.array(z.int().min(1).max(daysPerWeek)).min(1),
            /** [start, end) in minutes of the local day; start after end wraps over midnight. */
            start_minute: z.int().min(0).lt(minutesPerDay),
            end_minute: z.int().min(0).max(minutesPerDay),
            multiplier,
          }),
        ),
      }),
    )
    .min(1)
    .max(64),
  /** The first override whose given predicates all hold decides, before any draw. */
  overrides: z.array(
    z
      .strictObject({
        id: z.string().regex(/^[a-z0-9_]{1,32}$/, 'not an override id'),
        countries: z
          .array(z.string().regex(/^[A-Z]{2}$/, 'not a country code'))
          .min(1)
          .optional(),
        tzids: z.array(z.string().min(1)).min(1).optional(),
        tzid_prefixes: z.array(z.string().min(1)).min(1).optional(),
        profile: profileId,
      })
      .refine(
        (rule) => (rule.countries ?? rule.tzids ?? rule.tzid_prefixes) !== undefined,
        'an override without a predicate would decide for every zone',
      ),
  ),
});
export type ZoneModifiersPolicy = z.infer<typeof zoneModifiersSchema>;
export type ZoneProfile = ZoneModifiersPolicy['profiles'][number];

/** Profiles in their places, overrides to profiles that exist, windows on whole buckets. */
export function findingsOfZoneModifiers(
  policy: ZoneModifiersPolicy,
  bucketMinutes: number,
): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const say = (path: string, value: string, message: string) => findings.push({ path, value, message });
  for (const [index, profile] of policy.profiles.entries()) {
    if (profile.id !== `zg${index}`) say(`profiles.${index}.id`, profile.id, `is not zg${index}, its place`);
    const windowIds = profile.windows.map(({ id }) => id);
    if (new Set(windowIds).size !== windowIds.length) {
      say(`profiles.${index}.windows`, windowIds.join(','), 'a window id stands twice');
    }
    for (const [position, window] of profile.windows.entries()) {
      const path = `profiles.${index}.windows.${position}`;
      for (const edge of [window.start_minute, window.end_minute]) {
        if (edge % bucketMinutes !== 0) say(path, String(edge), 'is not on a bucket boundary');
      }
      if (window.start_minute === window.end_minute) say(path, window.id, 'is empty');
    }
  }
  const known = new Set(policy.profiles.map(({ id }) => id));
  const overrideIds = policy.overrides.map(({ id }) => id);
  if (new Set(overrideIds).size !== overrideIds.length) {
    say('overrides', overrideIds.join(','), 'an override id stands twice');
  }
  for (const [index, { profile }] of policy.overrides.entries()) {
    if (!known.has(profile)) say(`overrides.${index}.profile`, profile, 'there is no such profile');
  }
  return findings;
}
