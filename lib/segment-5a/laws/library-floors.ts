import type { PolicyFinding } from '../policies/policy-file.ts';
import type { ShapeLibraryPolicy } from '../policies/shape-library.ts';
import type { ChannelGroup } from '../vocabulary.ts';
import { isNight, massWhere, peakRatio } from './shape-checks.ts';
import type { WeekGrid } from './week-grid.ts';
import { normalisedShape, templateValues } from './weekly-shape.ts';

/**
 * The floors that the library must reach as a whole, before any zone bends a shape: enough templates
 * that are not flat, and more night in card_not_present than in card_present (means over templates).
 */
export function findingsOfLibraryFloors(
  library: ShapeLibraryPolicy,
  grid: WeekGrid,
): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const neutral = new Float64Array(grid.buckets).fill(1);
  const shapes = library.rules.flatMap((rule) =>
    rule.candidates.map((template) => ({
      channel: rule.channel_group,
      shape: normalisedShape(templateValues(template, grid), neutral),
    })),
  );
  const { nonflat_ratio: ratio, nonflat_share: share, night_mass_gap_between_channels: gap } = library.floors;
  const reached = shapes.filter(({ shape }) => peakRatio(shape) >= ratio).length / shapes.length;
  if (!(reached >= share)) {
    findings.push({
      path: 'floors.nonflat_share',
      value: String(share),
      message: `${reached} of the templates are not flat`,
    });
  }
  const meanNight = (channel: ChannelGroup) => {
    const masses = shapes
      .filter((one) => one.channel === channel)
      .map(({ shape }) => massWhere(shape, grid, isNight));
    return masses.reduce((sum, mass) => sum + mass, 0) / masses.length;
  };
  const difference = meanNight('card_not_present') - meanNight('card_present');
  if (!(difference >= gap)) {
    findings.push({
      path: 'floors.night_mass_gap_between_channels',
      value: String(gap),
      message: `the gap between the channel groups is ${difference}`,
    });
  }
  return findings;
}
