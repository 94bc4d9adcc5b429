import { join } from 'node:path';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import type { Failure } from '../../vocabulary/failure.ts';
import type { Policies } from '../policies/load-policies.ts';
import { openWorld } from '../s0/open-world.ts';
import {
  merchantsTable,
  scenarioCalendarTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../world-datasets.ts';
import { checkTables } from './check-tables.ts';
import { createFaultList } from './fault-list.ts';
import { readDocument } from './read-document.ts';
import { dataFolderOf, type ReadTables, readWorldTables } from './read-world.ts';

export type WorldReport = {
  /** Every fault that was found; a world without any runs. */
  readonly faults: readonly Failure[];
  readonly sealed: boolean;
  readonly rows: Readonly<Record<string, number>>;
};

/**
 * Holds a world, sealed or not yet, to everything that the states S0 … S4 demand of it, with their own
 * checks: the bundle and those it was made from, every row of every table, merchants and zones against
 * each other, horizons, and every event. All faults are told at once, with file, row, column, value and
 * remedy; of one column the first twenty, of the checks over several tables one each.
 */
export async function checkWorld(folder: string, policies: Policies): Promise<WorldReport> {
  const list = createFaultList();
  const { data, sealed } = await dataFolderOf(folder);
  if (sealed) list.add(...(await bundleFaults(folder, 'the world')));
  const document = await list.attemptAsync(readDocument(data, sealed));
  for (const { segment, path } of document?.upstream ?? []) {
    const faults = await list.attemptAsync(bundleFaults(join(data, path), `the bundle of ${segment}`));
    list.add(...(faults ?? []));
  }
  if (sealed && list.faults.length === 0) await list.attemptAsync(openWorld(folder));
  const tables = await readWorldTables(data, (fault) => list.add(fault));
  checkTables(data, tables, policies, list);
  return { faults: list.faults, sealed, rows: rowsOf(tables) };
}

function rowsOf({ calendars, ...tables }: ReadTables): Readonly<Record<string, number>> {
  const named = {
    [merchantsTable.table.name]: tables.merchants,
    [zoneAllocTable.table.name]: tables.zoneAlloc,
    [virtualClassificationTable.table.name]: tables.virtualClassification,
    [scenariosTable.table.name]: tables.scenarios,
    [zoneOffsetsTable.table.name]: tables.zoneOffsets,
  };
  return Object.fromEntries([
    ...Object.entries(named).flatMap(([name, table]) =>
      table === undefined ? [] : [[name, table.rows] as const],
    ),
    ...[...calendars].map(([id, { rows }]) => [`${scenarioCalendarTable.table.name} ${id}`, rows] as const),
  ]);
}

async function bundleFaults(folder: string, what: string): Promise<readonly Failure[]> {
  const report = await verifyBundleFolder(folder);
  const broken = report.items
    .filter(({ state }) => state !== 'ok')
    .map(
      ({ path, state, detail }): Failure => ({
        exit: 'data',
        code: 'S0_UPSTREAM_NOT_PASS',
        message: `${path} of ${what} is ${state}${detail === '' ? '' : ` (${detail})`}`,
        where: join(folder, path),
        value: state,
        remedy: 'Restore it from another copy, or seal its tables anew; a sealed bundle is never edited.',
      }),
    );
  if (broken.length > 0 || report.verdict === 'whole-pass') return broken;
  return [
    {
      exit: 'data',
      code: 'S0_UPSTREAM_NOT_PASS',
      message: `${what} is sealed, and does not say PASS`,
      where: folder,
      value: report.stated?.result ?? report.verdict,
      remedy: 'Find out why it was sealed so, and seal one that passes.',
    },
  ];
}
