import { columnOf, isNull, type Table, textAt } from '../../tables/columns.ts';
import type { Failure } from '../../vocabulary/failure.ts';
import { cell } from '../frame/segment-failure.ts';
import { isCountry } from './zone-database.ts';

/** What events of a calendar may name. */
export type KnownPlaces = {
  readonly tzids: ReadonlySet<string>;
  readonly merchants: ReadonlySet<bigint>;
};

/**
 * Country codes of a column that no country has, each with the first row it stands in. The states take
 * any two letters; a code that is mistyped would be a country of its own there.
 */
export function countryFaults(table: Table, name: string, column: string, code: string): readonly Failure[] {
  const codes = columnOf(table, column, 'string');
  const known = new Set<string>();
  const faults: Failure[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    const country = textAt(codes, row);
    if (country === null || known.has(country)) continue;
    known.add(country);
    if (isCountry(country)) continue;
    faults.push({
      exit: 'data',
      code,
      message: `row ${row}: there is no country ${country}`,
      where: cell(name, row, column),
      value: country,
      remedy: 'Write the code of ISO 3166 of two capital letters, such as DE.',
    });
  }
  return faults;
}

/** Zones and merchants that events are scoped to and the world does not have: such an event acts on nobody. */
export function eventPlaceFaults(
  calendar: Table,
  { tzids, merchants }: KnownPlaces,
  code: string,
): readonly Failure[] {
  const zones = columnOf(calendar, 'tzid', 'string');
  const ids = columnOf(calendar, 'merchant_id', 'u64');
  const refuse = (row: number, column: string, value: string, remedy: string): Failure => ({
    exit: 'data',
    code,
    message: `row ${row}: the world has no ${column} ${value}`,
    where: cell('scenario_calendar', row, column),
    value,
    remedy,
  });
  const faults: Failure[] = [];
  for (let row = 0; row < calendar.rows; row += 1) {
    const tzid = textAt(zones, row);
    if (tzid !== null && !tzids.has(tzid)) {
      faults.push(refuse(row, 'tzid', tzid, 'Name a zone of zone_offsets, or add the zone there.'));
    }
    const id = ids.values[row];
    if (id !== undefined && !isNull(ids, row) && !merchants.has(id)) {
      faults.push(refuse(row, 'merchant_id', String(id), 'Name a merchant of the world.'));
    }
  }
  return faults;
}
