import { join } from 'node:path';
import type { Table } from '../../tables/columns.ts';
import { readTable } from '../../tables/read-table.ts';
import { datasetPath } from '../dataset.ts';
import { dataFault } from '../frame/segment-failure.ts';
import { i32Values, strings, textOf } from '../frame/table-access.ts';
import type { ScenarioId } from '../identity.ts';
import { type Horizon, horizonBetween, type ZoneOffsets } from '../laws/horizon.ts';
import { scenarioCalendarTable, scenariosTable, zoneOffsetsTable } from '../world-datasets.ts';
import { minuteOf } from './calendar-events.ts';

/** A scenario as the world gives it. */
export type Scenario = { readonly horizon: Horizon; readonly calendar: Table };

/** Horizon and calendar of a scenario. Throws `S4_REQUIRED_SCENARIO_MISSING` (65) when the world has none of that name. */
export async function loadScenario(
  worldData: string,
  scenarioId: ScenarioId,
  bucketMinutes: number,
): Promise<Scenario> {
  const scenarios = await readTable(join(worldData, datasetPath(scenariosTable, {})), scenariosTable.table);
  const ids = strings(scenarios, 'scenario_id');
  const row = Array.from({ length: scenarios.rows }, (_, index) => index).find(
    (index) => textOf(ids, index) === scenarioId,
  );
  if (row === undefined) {
    return dataFault({
      code: 'S4_REQUIRED_SCENARIO_MISSING',
      message: 'the world has no such scenario',
      where: 'scenarios: scenario_id',
      value: scenarioId,
      remedy: `Scenarios of this world: ${ids.dictionary.join(', ')}.`,
    });
  }
  const minute = (name: string) => minuteOf(textOf(strings(scenarios, name), row));
  const horizon = horizonBetween(minute('horizon_start_utc'), minute('horizon_end_utc'), bucketMinutes);
  const calendarPath = datasetPath(scenarioCalendarTable, { scenario_id: scenarioId });
  return { horizon, calendar: await readTable(join(worldData, calendarPath), scenarioCalendarTable.table) };
}

/** The zone table of the world by zone. */
export async function loadZones(worldData: string): Promise<ReadonlyMap<string, ZoneOffsets>> {
  const table = await readTable(join(worldData, datasetPath(zoneOffsetsTable, {})), zoneOffsetsTable.table);
  return zonesOf(table);
}

/** As `loadZones`, of a table already read; rows are sorted by zone and time. */
export function zonesOf(table: Table): ReadonlyMap<string, ZoneOffsets> {
  const names = strings(table, 'tzid');
  const from = i32Values(table, 'from_utc_minute');
  const offsets = i32Values(table, 'offset_minutes');
  const zones = new Map<string, ZoneOffsets>();
  let first = 0;
  for (let row = 1; row <= table.rows; row += 1) {
    const tzid = textOf(names, first);
    if (row < table.rows && textOf(names, row) === tzid) continue;
    zones.set(tzid, {
      tzid,
      fromMinute: from.subarray(first, row),
      offsetMinutes: offsets.subarray(first, row),
    });
    first = row;
  }
  return zones;
}
