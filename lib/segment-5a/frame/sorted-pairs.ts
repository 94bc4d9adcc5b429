import type { Table } from '../../tables/columns.ts';
import { ranksOf } from './build-columns.ts';
import { cell, dataFault } from './segment-failure.ts';
import { strings, textAt, u64Values } from './table-access.ts';

/**
 * Proves that a table is strictly ascending by merchant, country and zone, and so unique by them.
 * Throws under the given code, naming the first row that is not.
 */
export function requireSortedPairs(table: Table, name: string, code: string): void {
  const merchants = u64Values(table, 'merchant_id');
  const countries = strings(table, 'legal_country_iso');
  const zones = strings(table, 'tzid');
  const countryRank = ranksOf(countries.dictionary);
  const zoneRank = ranksOf(zones.dictionary);
  for (let row = 1; row < table.rows; row += 1) {
    const merchant = merchants[row] ?? 0n;
    const before = merchants[row - 1] ?? 0n;
    if (merchant > before) continue;
    if (merchant === before) {
      const step =
        (countryRank[countries.codes[row] ?? 0] ?? 0) - (countryRank[countries.codes[row - 1] ?? 0] ?? 0);
      if (step > 0) continue;
      const zoneStep = (zoneRank[zones.codes[row] ?? 0] ?? 0) - (zoneRank[zones.codes[row - 1] ?? 0] ?? 0);
      if (step === 0 && zoneStep > 0) continue;
      const repeated = step === 0 && zoneStep === 0;
      refuse(
        name,
        code,
        row,
        repeated ? 'repeats the key of the row before' : 'is out of order',
        `${merchant}|${textAt(countries, row)}|${textAt(zones, row)}`,
      );
    }
    refuse(name, code, row, 'is out of order', String(merchant));
  }
}

function refuse(name: string, code: string, row: number, what: string, value: string): never {
  return dataFault({
    code,
    message: `${name} row ${row} ${what}`,
    where: cell(name, row, 'merchant_id, legal_country_iso, tzid'),
    value,
    remedy: 'Write every merchant-zone once, sorted by merchant_id, legal_country_iso and tzid.',
  });
}
