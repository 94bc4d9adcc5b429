import type { Table } from '../../tables/columns.ts';
import { f64Column, newDictionary, stringColumn, tableOf, u64Column } from '../frame/build-columns.ts';
import { f64Values, strings, u64Values } from '../frame/table-access.ts';
import { demandClasses } from '../vocabulary.ts';

/**
 * One row a merchant of a sorted profile: the class with most weekly volume (without any volume: with
 * most rows), ties to the earlier class of the catalogue; all its classes; its total weekly volume.
 */
export function merchantClassProfiles(profile: Table): Table {
  const merchants = u64Values(profile, 'merchant_id');
  const classes = strings(profile, 'demand_class');
  const channels = strings(profile, 'channel_group');
  const weekly = f64Values(profile, 'weekly_volume_expected');
  const starts: number[] = [];
  for (let row = 0; row < profile.rows; row += 1) {
    if (row === 0 || merchants[row] !== merchants[row - 1]) starts.push(row);
  }
  const rows = starts.length;
  const ids = new BigUint64Array(rows);
  const channelCodes = new Uint32Array(rows);
  const primary = new Uint32Array(rows);
  const seen = new Uint32Array(rows);
  const total = new Float64Array(rows);
  const lists = newDictionary();
  const volumeOf = new Float64Array(demandClasses.length);
  const rowsOf = new Float64Array(demandClasses.length);
  for (const [index, start] of starts.entries()) {
    volumeOf.fill(0);
    rowsOf.fill(0);
    let sum = 0;
    for (let row = start; row < (starts[index + 1] ?? profile.rows); row += 1) {
      const code = classes.codes[row] ?? 0;
      volumeOf[code] = (volumeOf[code] ?? 0) + (weekly[row] ?? 0);
      rowsOf[code] = (rowsOf[code] ?? 0) + 1;
      sum += weekly[row] ?? 0;
    }
    const weights = sum > 0 ? volumeOf : rowsOf;
    ids[index] = merchants[start] ?? 0n;
    channelCodes[index] = channels.codes[start] ?? 0;
    primary[index] = weights.indexOf(Math.max(...weights));
    seen[index] = lists.codeOf(demandClasses.filter((_, code) => (rowsOf[code] ?? 0) > 0).join(';'));
    total[index] = sum;
  }
  return tableOf(rows, {
    merchant_id: u64Column(ids),
    channel_group: stringColumn(channelCodes, channels.dictionary),
    primary_demand_class: stringColumn(primary, demandClasses),
    classes_seen: stringColumn(seen, lists.entries),
    weekly_volume_total_expected: f64Column(total),
  });
}
