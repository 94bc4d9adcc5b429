import { z } from 'zod';
import { channelGroups, daysPerWeek, demandClasses, minutesPerDay } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

/** A weekly shape before zone modifiers: weekday weights times a sum of bells over a floor, to a power. */
export const shapeTemplateSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9_]+\.[a-z_]+\.v[1-9]$/, 'not a template id like office_hours.card_present.v1'),
  /** Monday … Sunday. */
  weekday_weights: z.array(z.number().min(0).max(10)).length(daysPerWeek),
  peaks: z
    .array(
      z.strictObject({
        /** Minute of the local day at which the bell is highest. */
        centre: z.number().min(0).lt(minutesPerDay),
        /** Width in minutes. */
        sigma: z.number().positive().max(minutesPerDay),
        amplitude: z.number().positive().max(10),
      }),
    )
    .min(1)
    .max(8),
  floor: z.number().min(0).max(10),
  power: z.number().min(0.1).max(4),
});
export type ShapeTemplate = z.infer<typeof shapeTemplateSchema>;

const share = z.number().min(0).max(1);

/** The templates of each class and channel group, in the order from which one is drawn. */
export const shapeLibrarySchema = z.strictObject({
  version: z.literal('v1'),
  rules: z.array(
    z.strictObject({
      class: z.enum(demandClasses),
      channel_group: z.enum(channelGroups),
      candidates: z.array(shapeTemplateSchema).min(1).max(16),
    }),
  ),
  /** What the library as a whole and the shapes made from it must reach. */
  floors: z.strictObject({
    templates: z.int().min(1),
    templates_per_class_and_channel: z.int().min(1),
    /** Share of templates whose largest bucket is at least `nonflat_ratio` times the smallest. */
    nonflat_share: share,
    nonflat_ratio: z.number().min(1),
    /** Least mass of every shape in [00:00, 06:00). */
    night_mass: share,
    online_24h_night_mass: share,
    weekend_class_weekend_mass: share,
    office_hours_class_office_mass: share,
    /** By how much the mean night mass of card_not_present templates exceeds that of card_present. */
    night_mass_gap_between_channels: share,
  }),
});
export type ShapeLibraryPolicy = z.infer<typeof shapeLibrarySchema>;

/** One rule for each class and channel group, enough templates, ids that say where they stand. */
export function findingsOfShapeLibrary(policy: ShapeLibraryPolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const say = (path: string, value: string, message: string) => findings.push({ path, value, message });
  const keys = policy.rules.map((rule) => `${rule.class}.${rule.channel_group}`);
  for (const name of demandClasses) {
    for (const channel of channelGroups) {
      const count = keys.filter((key) => key === `${name}.${channel}`).length;
      if (count !== 1) say('rules', `${name}.${channel}`, `${count} rules for this class and channel group`);
    }
  }
  const ids = new Set<string>();
  for (const [index, rule] of policy.rules.entries()) {
    const least = policy.floors.templates_per_class_and_channel;
    if (rule.candidates.length < least) {
      say(`rules.${index}.candidates`, String(rule.candidates.length), `fewer than ${least} templates`);
    }
    for (const [position, { id }] of rule.candidates.entries()) {
      const path = `rules.${index}.candidates.${position}.id`;
      if (!id.startsWith(`${rule.class}.${rule.channel_group}.`)) say(path, id, 'does not name its rule');
      if (ids.has(id)) say(path, id, 'stands twice');
      ids.add(id);
    }
  }
  if (ids.size < policy.floors.templates) {
    say('floors.templates', String(policy.floors.templates), `the library has ${ids.size} templates`);
  }
  return findings;
}
