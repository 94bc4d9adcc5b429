import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { merchantZoneBaseline } from '../../lib/segment-5a/datasets.ts';
import type { Table } from '../../lib/tables/columns.ts';
import { readTableUnchecked } from '../../lib/tables/read-table.ts';
import { validateTable } from '../../lib/tables/validate-table.ts';
import { defineBench } from './definition.ts';
import { type FullScaleGround, prepareGround, removeGround } from './full-scale/ground.ts';

type Ground = FullScaleGround & { readonly tables: readonly Table[] };

/** Every rule of every column, keys sorted and unique, over all 2,776,704 rows. */
export const bench = defineBench<Ground>({
  name: 'segment-baseline-validation',
  what: 'strict validation of the baseline table of a full world, 2,776,704 rows in memory',
  prepare: async () => {
    const ground = await prepareGround(['S0', 'S1', 'S2', 'S3']);
    const schema = merchantZoneBaseline.table;
    const data = join(ground.runsRoot, ground.runId, 'data');
    const files = (await readdir(data, { recursive: true })).filter(
      (path) => path.includes('merchant_zone_baseline_local/') && path.endsWith('.parquet'),
    );
    const names = schema.columns.map(({ name }) => name);
    const tables = await Promise.all(
      files.map((path) => readTableUnchecked(join(data, path), schema, names)),
    );
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    if (rows !== 2_776_704) throw new Error(`the baseline has ${rows} rows`);
    return { ...ground, tables };
  },
  cleanUp: removeGround,
  subject: {
    kind: 'call',
    label: 'validateTable',
    call: ({ tables }) => {
      for (const table of tables) validateTable(merchantZoneBaseline.table, table);
    },
  },
  targets: [{ measure: 'wallSeconds', atMost: 0.3 }],
});
