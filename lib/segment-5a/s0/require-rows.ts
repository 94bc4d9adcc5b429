import type { Table } from '../../tables/columns.ts';
import type { Dataset } from '../dataset.ts';
import { dataFault } from '../frame/segment-failure.ts';
import {
  merchantsTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../world-datasets.ts';

/** Tables that no world does without; a calendar may be empty, and scenarios are asked for on their own. */
export const filledTables: readonly Dataset[] = [
  merchantsTable,
  zoneAllocTable,
  virtualClassificationTable,
  zoneOffsetsTable,
];

/**
 * Every law holds for no rows, so a world whose join came out empty would pass all states and be worth
 * nothing. Throws `S0_REQUIRED_INPUT_MISSING` (65).
 */
export function requireRows({ table }: Dataset, found: Table): void {
  if (found.rows > 0) return;
  dataFault({
    code: 'S0_REQUIRED_INPUT_MISSING',
    message: `${table.name} has no row`,
    where: table.name,
    value: '0 rows',
    remedy: 'Look at the query that made the table: nothing can be expected of a world without it.',
  });
}
