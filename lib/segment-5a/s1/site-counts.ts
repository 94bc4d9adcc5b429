import type { Table } from '../../tables/columns.ts';
import { cell, dataFault } from '../frame/segment-failure.ts';
import { i32Values, strings, u64Values } from '../frame/table-access.ts';

/**
 * Holds the site counts of a sorted zone_alloc to their law: within a merchant and country, every row
 * carries the same sum, and the zones add up to it. Throws `S1_DOMAIN_ALIGNMENT_FAILED` (65).
 */
export function requireSiteSums(zoneAlloc: Table): void {
  const merchants = u64Values(zoneAlloc, 'merchant_id');
  const countries = strings(zoneAlloc, 'legal_country_iso').codes;
  const counts = i32Values(zoneAlloc, 'zone_site_count');
  const sums = i32Values(zoneAlloc, 'zone_site_count_sum');
  let first = 0;
  let total = 0;
  for (let row = 0; row < zoneAlloc.rows; row += 1) {
    if (merchants[row] !== merchants[first] || countries[row] !== countries[first]) {
      first = row;
      total = 0;
    }
    total += counts[row] ?? 0;
    const sum = sums[row] ?? 0;
    const last =
      row + 1 === zoneAlloc.rows ||
      merchants[row + 1] !== merchants[row] ||
      countries[row + 1] !== countries[row];
    const differs = sum !== sums[first];
    if (!(differs || (last && total !== sum))) continue;
    dataFault({
      code: 'S1_DOMAIN_ALIGNMENT_FAILED',
      message: differs
        ? `zone_alloc gives a merchant two sums in one country: ${sums[first]} and ${sum}`
        : `zone_alloc counts do not add up: the zones of the country have ${total} sites, the sum says ${sum}`,
      where: cell('zone_alloc', row, 'zone_site_count_sum'),
      value: String(sum),
      remedy: 'Let zone_site_count_sum be the sum of zone_site_count over the zones of merchant and country.',
    });
  }
}
