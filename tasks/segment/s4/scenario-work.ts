import { cell, dataFault } from '../../../lib/segment-5a/frame/segment-failure.ts';
import { strings, textOf, u64Values } from '../../../lib/segment-5a/frame/table-access.ts';
import type { ScenarioId } from '../../../lib/segment-5a/identity.ts';
import type { ComposedRow } from '../../../lib/segment-5a/s4/compose-surfaces.ts';
import type { ZoneProjection } from '../../../lib/segment-5a/s4/horizon-projection.ts';
import type { OverlayCurves } from '../../../lib/segment-5a/s4/overlay-curves.ts';
import type { ScenarioFigures } from '../../../lib/segment-5a/s4/scenario-figures.ts';
import type { ScenarioInput } from '../../../lib/segment-5a/s4/scenario-input.ts';
import type { Table } from '../../../lib/tables/columns.ts';

/** Everything of one scenario that does not depend on the merchant bucket. */
export type ScenarioWork = {
  readonly scenarioId: ScenarioId;
  readonly input: ScenarioInput;
  readonly curves: OverlayCurves;
  readonly projections: ReadonlyMap<string, ZoneProjection>;
  readonly figures: ScenarioFigures;
};

/** Of every row: its curve, its zone's projection, and where its week begins in a baseline. */
export function composedRows(
  profile: Table,
  rows: Uint32Array,
  { curves, projections }: Pick<ScenarioWork, 'curves' | 'projections'>,
  weekBuckets = 0,
): readonly ComposedRow[] {
  const merchants = u64Values(profile, 'merchant_id');
  const countries = strings(profile, 'legal_country_iso');
  const zones = strings(profile, 'tzid');
  const classes = strings(profile, 'demand_class');
  return Array.from(rows, (row, index) => {
    const tzid = textOf(zones, row);
    const scope = { country: textOf(countries, row), tzid, demandClass: textOf(classes, row) };
    return {
      baseAt: index * weekBuckets,
      curve: curves.of(scope, merchants[row] ?? 0n),
      projection: projections.get(tzid) ?? unknownZone(tzid),
    };
  });
}

/** What the zone table does not have. Throws `S4_HORIZON_GRID_INVALID`. */
export function unknownZone(tzid: string): never {
  return dataFault({
    code: 'S4_HORIZON_GRID_INVALID',
    message: 'the zone table of the world does not have this zone',
    where: cell('zone_offsets', 0, 'tzid'),
    value: tzid,
    remedy: 'Add the offsets of the zone to zone_offsets.',
  });
}
