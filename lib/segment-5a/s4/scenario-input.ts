import type { Table } from '../../tables/columns.ts';
import { columnOf } from '../../tables/columns.ts';
import { epochMinutes } from '../frame/instants.ts';
import { dataFault } from '../frame/segment-failure.ts';
import { i32Values, strings, textOf } from '../frame/table-access.ts';
import type { ScenarioId } from '../identity.ts';
import { type Horizon, horizonBetween, type ZoneOffsets } from '../laws/horizon.ts';

export type ScenarioInput = { readonly horizon: Horizon; readonly isBaseline: boolean };

/** A scenario out of the manifest that S0 committed. Throws `S4_REQUIRED_SCENARIO_MISSING` (65) when it has none of that name. */
export function scenarioInput(manifest: Table, scenarioId: ScenarioId, bucketMinutes: number): ScenarioInput {
  const ids = strings(manifest, 'scenario_id');
  for (let row = 0; row < manifest.rows; row += 1) {
    if (textOf(ids, row) !== scenarioId) continue;
    const minute = (name: string) => epochMinutes(textOf(strings(manifest, name), row));
    return {
      horizon: horizonBetween(minute('horizon_start_utc'), minute('horizon_end_utc'), bucketMinutes),
      isBaseline: columnOf(manifest, 'is_baseline', 'boolean').values[row] === 1,
    };
  }
  return dataFault({
    code: 'S4_REQUIRED_SCENARIO_MISSING',
    message: 'the run has no such scenario',
    where: 'scenario_manifest_5A: scenario_id',
    value: scenarioId,
    remedy: `Scenarios of this run: ${ids.dictionary.join(', ')}.`,
  });
}

/** The zone table of the world by zone; its rows are sorted by zone and time. */
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
