import type { Table } from '../../tables/columns.ts';
import { ranksOf } from '../frame/build-columns.ts';
import { strings } from '../frame/table-access.ts';

/**
 * The distinct (class, channel group, country, zone) of a profile, ascending; and for each profile row
 * which of them it is. Codes refer to the dictionaries of the profile.
 */
export type ClassZones = {
  readonly count: number;
  readonly classCodes: Uint32Array;
  readonly channelCodes: Uint32Array;
  readonly countryCodes: Uint32Array;
  readonly zoneCodes: Uint32Array;
  /** Indexed by profile row. */
  readonly ofRow: Uint32Array;
};

export function classZonesOf(profile: Table): ClassZones {
  const columns = ['demand_class', 'channel_group', 'legal_country_iso', 'tzid'].map((name) => {
    const column = strings(profile, name);
    return { codes: column.codes, ranks: ranksOf(column.dictionary), width: column.dictionary.length };
  });
  // One number stands for the four ranks, most significant first; the dictionaries keep it below 2^53.
  const keys = new Float64Array(profile.rows);
  for (const { codes, ranks, width } of columns) {
    for (let row = 0; row < profile.rows; row += 1) {
      keys[row] = (keys[row] ?? 0) * width + (ranks[codes[row] ?? 0] ?? 0);
    }
  }
  const distinct = Float64Array.from(new Set(keys)).sort();
  const position = new Map(Array.from(distinct, (key, index) => [key, index]));
  const ofRow = new Uint32Array(profile.rows);
  const example = new Uint32Array(distinct.length);
  for (const [row, key] of keys.entries()) {
    const index = position.get(key) ?? 0;
    ofRow[row] = index;
    example[index] = row;
  }
  const codesAt = (column: number) => Uint32Array.from(example, (row) => columns[column]?.codes[row] ?? 0);
  return {
    count: distinct.length,
    classCodes: codesAt(0),
    channelCodes: codesAt(1),
    countryCodes: codesAt(2),
    zoneCodes: codesAt(3),
    ofRow,
  };
}
