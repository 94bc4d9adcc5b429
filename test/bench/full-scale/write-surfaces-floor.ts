/**
 * What S4 is measured by: polars writes three surfaces of 16,528 merchant-zones by 2,160 hours from columns
 * that are ready, part by part, and does nothing else: no baseline, no calendar, no digests, no receipts.
 * It lays out the keys, which S4's own writer does not, so that S4 may well be below it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '../../../lib/segment-5a/dataset.ts';
import {
  merchantZoneOverlayFactors,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
} from '../../../lib/segment-5a/datasets.ts';
import { type Column, encodeStrings, type Table, tableFrom } from '../../../lib/tables/columns.ts';
import { frameOf } from '../../../lib/tables/frames.ts';
import type { ColumnSchema } from '../../../lib/tables/schema.ts';
import { sinkFrame } from '../../../lib/tables/write-table.ts';

const [pairs, hours, partPairs] = [16_528, 2_160, 1_024];
const folder = await mkdtemp(join(tmpdir(), 'floor-'));
const index: Column = { type: 'i32', values: Int32Array.from({ length: hours }, (_, h) => h) };
const { columns: known } = merchantZoneScenarioLocal.table;
const frame = (table: Table) => frameOf(columnsOf(known, table), table);
// One pair in eight has any volume, one factor in ten is not 1, as in a full world.
const lambda = Float64Array.from({ length: partPairs * hours }, (_, at) =>
  Math.floor(at / hours) % 8 === 0 ? Math.sqrt(at) * (1 + Math.sin(at % 168)) : 0,
);
const factor = Float64Array.from({ length: partPairs * hours }, (_, at) =>
  at % 200 < 20 ? 1 + ((at % 24) + 1) / 50 : 1,
);
for (let first = 0; first < pairs; first += partPairs) {
  const rows = Array.from({ length: Math.min(partPairs, pairs - first) }, (_, row) => first + row);
  const keys = tableFrom({
    merchant_id: {
      type: 'u64',
      values: BigUint64Array.from(rows, (row) => 2n ** 63n + BigInt(Math.floor(row / 19))),
    },
    legal_country_iso: encodeStrings(rows.map((row) => `A${String.fromCharCode(65 + (row % 19))}`)),
    tzid: encodeStrings(rows.map((row) => `Zone/Z${row % 268}`)),
    channel_group: encodeStrings(rows.map((row) => (row % 38 < 19 ? 'card_present' : 'card_not_present'))),
  });
  const hourly = tableFrom({ local_horizon_bucket_index: index });
  const product = frame(keys)
    .lazy()
    .join(frame(hourly).lazy(), { how: 'cross', maintainOrder: 'left_right' })
    .collectSync();
  const column = (values: Float64Array): Column => ({
    type: 'f64',
    values: values.subarray(0, rows.length * hours),
  });
  const [own, factors] = [column(lambda), column(factor)];
  const write = (name: string, dataset: Dataset, named: typeof product, cells: Table) => {
    const whole = named.withColumns(...frameOf(columnsOf(dataset.table.columns, cells), cells).getColumns());
    const ordered = whole.select(...dataset.table.columns.map((each) => each.name));
    return sinkFrame(join(folder, `${name}-${first}`), dataset.table, ordered);
  };
  await write(
    'local',
    merchantZoneScenarioLocal,
    product,
    tableFrom({ lambda_local_scenario: own, overlay_factor_total: factors }),
  );
  await write('factors', merchantZoneOverlayFactors, product, tableFrom({ overlay_factor_total: factors }));
  const byUtc = product.rename({ local_horizon_bucket_index: 'utc_horizon_bucket_index' });
  await write('utc', merchantZoneScenarioUtc, byUtc, tableFrom({ lambda_utc_scenario: own }));
}
await rm(folder, { recursive: true, force: true });

function columnsOf(columns: readonly ColumnSchema[], table: Table): readonly ColumnSchema[] {
  return columns.filter(({ name }) => table.columns.has(name));
}
