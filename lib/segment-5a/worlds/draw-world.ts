import type { Table } from '../../tables/columns.ts';
import { drawCalendar, type ScenarioKind } from './calendar/draw-calendar.ts';
import { drawMerchants } from './merchants.ts';
import type { WorldScale } from './scale.ts';
import { createWorldDraw } from './world-draw.ts';
import {
  calendarTableOf,
  merchantsTableOf,
  scenariosTableOf,
  virtualClassificationOf,
  zoneAllocOf,
  zoneOffsetsOf,
} from './world-tables.ts';
import { allocateZones } from './zone-alloc.ts';
import { zoneUniverse } from './zone-universe.ts';

/** The tables of a world, by the dataset they are of. */
export type WorldTables = {
  readonly merchants: Table;
  readonly zoneAlloc: Table;
  readonly virtualClassification: Table;
  readonly scenarios: Table;
  readonly zoneOffsets: Table;
  /** Calendar of each scenario, by its id. */
  readonly calendars: ReadonlyMap<string, Table>;
};

/** Scenarios of every generated world. */
const scenarios: readonly (readonly [id: string, kind: ScenarioKind])[] = [
  ['baseline_v1', 'baseline'],
  ['stress_v1', 'stress'],
];

/**
 * Draws a whole world. Pure: scale and seed decide everything, with the zone database and the holidays
 * that are pinned with this program. `seed` is a decimal number of at most 64 bits.
 */
export function drawWorld(scale: WorldScale, seed: string): WorldTables {
  const draw = createWorldDraw(seed);
  const universe = zoneUniverse(scale, draw);
  const merchants = drawMerchants(scale, draw);
  const allocations = allocateZones(scale, merchants, universe, draw);
  const tzids = [...new Set([...universe.values()].flat())];
  return {
    merchants: merchantsTableOf(merchants),
    zoneAlloc: zoneAllocOf(allocations),
    virtualClassification: virtualClassificationOf(merchants),
    scenarios: scenariosTableOf(
      scenarios.map(([id]) => id),
      scale,
    ),
    zoneOffsets: zoneOffsetsOf(tzids, scale),
    calendars: new Map(
      scenarios.map(([id, kind]) => [id, calendarTableOf(drawCalendar(id, kind, scale, universe, draw))]),
    ),
  };
}
