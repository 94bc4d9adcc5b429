import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '../../tables/columns.ts';
import { type Failure, fail } from '../../vocabulary/failure.ts';
import { type Dataset, datasetPath } from '../dataset.ts';
import { strings } from '../frame/table-access.ts';
import {
  merchantsTable,
  scenarioCalendarTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../world-datasets.ts';
import type { WorldTables } from './draw-world.ts';
import { readTableFaults } from './table-faults.ts';

/** The tables of a world that could be read; what kept the others is in `onFault`'s hands. */
export type ReadTables = Partial<Omit<WorldTables, 'calendars'>> & Pick<WorldTables, 'calendars'>;

/** Folder of a world's tables: the payload of a sealed one, or the folder itself for tables that are not sealed yet. */
export async function dataFolderOf(
  world: string,
): Promise<{ readonly data: string; readonly sealed: boolean }> {
  const sealed = await access(join(world, 'manifest-sha256.txt')).then(
    () => true,
    () => false,
  );
  return { data: sealed ? join(world, 'data') : world, sealed };
}

/**
 * Reads every table of a world, each row held to its schema. A table that is refused is left out and
 * told of, so that one fault does not hide the others. Throws only what is no fault of the data.
 */
export async function readWorldTables(data: string, onFault: (fault: Failure) => void): Promise<ReadTables> {
  const read = async (dataset: Dataset, scenario = ''): Promise<Table | undefined> => {
    const path = datasetPath(dataset, { scenario_id: scenario });
    const reading = await readTableFaults(join(data, path), dataset.table);
    if (reading.kind === 'good') return reading.table;
    for (const fault of reading.faults) onFault(fault);
    return undefined;
  };
  const scenarios = await read(scenariosTable);
  const calendars = new Map<string, Table>();
  for (const id of scenarios === undefined ? [] : strings(scenarios, 'scenario_id').dictionary) {
    const calendar = await read(scenarioCalendarTable, id);
    if (calendar !== undefined) calendars.set(id, calendar);
  }
  const [merchants, zoneAlloc, virtualClassification, zoneOffsets] = [
    await read(merchantsTable),
    await read(zoneAllocTable),
    await read(virtualClassificationTable),
    await read(zoneOffsetsTable),
  ];
  return {
    ...(merchants === undefined ? {} : { merchants }),
    ...(zoneAlloc === undefined ? {} : { zoneAlloc }),
    ...(virtualClassification === undefined ? {} : { virtualClassification }),
    ...(scenarios === undefined ? {} : { scenarios }),
    ...(zoneOffsets === undefined ? {} : { zoneOffsets }),
    calendars,
  };
}

/** All tables of a world. Throws the first fault that `readWorldTables` tells of. */
export async function requireWorldTables(data: string): Promise<WorldTables> {
  const { merchants, zoneAlloc, virtualClassification, scenarios, zoneOffsets, calendars } =
    await readWorldTables(data, (fault) => fail(fault));
  if (
    merchants === undefined ||
    zoneAlloc === undefined ||
    virtualClassification === undefined ||
    scenarios === undefined ||
    zoneOffsets === undefined
  ) {
    throw new Error('a table is missing that nobody complained of');
  }
  return { merchants, zoneAlloc, virtualClassification, scenarios, zoneOffsets, calendars };
}
