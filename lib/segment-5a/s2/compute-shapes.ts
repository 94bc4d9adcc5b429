import type { Table } from '../../tables/columns.ts';
import { dataFault } from '../frame/segment-failure.ts';
import { strings } from '../frame/table-access.ts';
import type { ParameterHash } from '../identity.ts';
import { shapeProblem } from '../laws/shape-checks.ts';
import { type WeekGrid, weekGrid } from '../laws/week-grid.ts';
import {
  chooseShape,
  normalisedShape,
  profileMultipliers,
  type ShapeChoice,
  templateMessage,
  templateValues,
} from '../laws/weekly-shape.ts';
import type { Policies } from '../policies/load-policies.ts';
import type { ShapeTemplate } from '../policies/shape-library.ts';
import { type ClassZones, classZonesOf } from './class-zones.ts';

/** What was chosen for a class-zone; equal choices share one object. */
export type ChosenShape = {
  readonly choice: ShapeChoice;
  readonly template: ShapeTemplate;
  readonly candidates: number;
  readonly values: Float64Array;
};

export type Shapes = {
  readonly grid: WeekGrid;
  readonly classZones: ClassZones;
  /** Indexed by class-zone. */
  readonly chosen: readonly ChosenShape[];
  /** Shape of class-zone i at [i · buckets, (i + 1) · buckets). */
  readonly values: Float64Array;
};

export type ShapePolicies = Pick<
  Policies,
  'shape_library' | 'zone_modifiers' | 'shape_time_grid' | 'baseline_intensity'
>;

/**
 * S2: the weekly shape of every class, channel group, country and zone that the profile has. A distinct
 * shape is computed and checked once. Throws `S2_SHAPE_NORMALISATION_FAILED` (65) on one that breaks its
 * laws, `S2_TEMPLATE_RESOLUTION_FAILED` on a class-zone that no rule covers.
 */
export function computeShapes(profile: Table, policies: ShapePolicies, parameterHash: ParameterHash): Shapes {
  const grid = weekGrid(policies.shape_time_grid);
  const classZones = classZonesOf(profile);
  const countries = strings(profile, 'legal_country_iso').dictionary;
  const zones = strings(profile, 'tzid').dictionary;
  const classNames = strings(profile, 'demand_class').dictionary;
  const channelNames = strings(profile, 'channel_group').dictionary;
  const rules = new Map(
    policies.shape_library.rules.map((rule) => [`${rule.class}|${rule.channel_group}`, rule]),
  );
  const made = new Map<string, ChosenShape>();
  const values = new Float64Array(classZones.count * grid.buckets);
  const chosen: ChosenShape[] = [];
  for (let index = 0; index < classZones.count; index += 1) {
    const demandClass = classNames[classZones.classCodes[index] ?? 0] ?? '';
    const channelGroup = channelNames[classZones.channelCodes[index] ?? 0] ?? '';
    const zone = {
      country: countries[classZones.countryCodes[index] ?? 0] ?? '',
      tzid: zones[classZones.zoneCodes[index] ?? 0] ?? '',
    };
    const rule = rules.get(`${demandClass}|${channelGroup}`);
    if (rule === undefined) return uncovered(demandClass, channelGroup);
    const message = templateMessage(demandClass, channelGroup, zone.tzid, parameterHash);
    const choice = chooseShape(message, rule.candidates.length, zone, policies.zone_modifiers);
    const template = rule.candidates[choice.template];
    if (template === undefined) return uncovered(demandClass, channelGroup);
    const key = `${template.id}|${choice.profile.id}|${choice.override ?? ''}`;
    let shape = made.get(key);
    if (shape === undefined) {
      const bent = normalisedShape(templateValues(template, grid), profileMultipliers(choice.profile, grid));
      const tolerance = policies.baseline_intensity.shape_sum_tolerance;
      const problem = shapeProblem(bent, rule.class, grid, policies.shape_library.floors, tolerance);
      if (problem !== undefined) broken(template.id, choice.profile.id, problem);
      shape = { choice, template, candidates: rule.candidates.length, values: bent };
      made.set(key, shape);
    }
    chosen.push(shape);
    values.set(shape.values, index * grid.buckets);
  }
  return { grid, classZones, chosen, values };
}

function uncovered(demandClass: string, channelGroup: string): never {
  return dataFault({
    code: 'S2_TEMPLATE_RESOLUTION_FAILED',
    message: 'the shape library has no templates for a class and channel group of the profile',
    where: 'shape_library.yaml: rules',
    value: `${demandClass}|${channelGroup}`,
    remedy: 'Add a rule with candidates for it.',
  });
}

function broken(template: string, zoneProfile: string, problem: string): never {
  return dataFault({
    code: 'S2_SHAPE_NORMALISATION_FAILED',
    message: `a weekly shape ${problem}`,
    where: `shape_library.yaml: ${template} under zone_modifiers.yaml: ${zoneProfile}`,
    remedy: 'Correct the template or the zone profile, or the floor that it misses.',
  });
}
