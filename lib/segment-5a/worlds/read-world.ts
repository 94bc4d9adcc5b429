import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '../../tables/columns.ts';
import { readTable } from '../../tables/read-table.ts';
import { isPlatformError } from '../../vocabulary/failure.ts';
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
export async function readWorldTables(data: string, onFault: (error: Error) => void): Promise<ReadTables> {
  const read = async (dataset: Dataset, scenario = ''): Promise<Table | undefined> => {
    try {
      return await readTable(join(data, datasetPath(dataset, { scenario_id: scenario })), dataset.table);
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      onFault(error);
      return undefined;
    }
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
    await readWorldTables(data, (error) => {
      throw error;
    });
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
