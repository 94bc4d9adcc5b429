import { basename, dirname, join } from 'node:path';
import { openLake } from '../../lake/open-lake.ts';
import { fail } from '../../vocabulary/failure.ts';
import { fetchRun } from './fetch-run.ts';
import type { RunSelection } from './run-sets.ts';

/**
 * Path of the folder of a segment run, `<runs root>/<run id>`: as it is when it lies on a disk, else with the
 * wanted part of it copied from the lake below `scratch`. Throws `RUN_NOT_FOUND` (64).
 */
export async function nearRun(
  place: string,
  selection: RunSelection,
  scratch: string,
  signal: AbortSignal,
): Promise<string> {
  const lake = openLake(dirname(place));
  if (lake === undefined) return place;
  const folder = join(scratch, 'runs', basename(place));
  const fetched = await fetchRun(lake, `${basename(place)}/`, folder, selection, signal);
  if (fetched.length > 0) return folder;
  return fail({
    exit: 'usage',
    code: 'RUN_NOT_FOUND',
    message: 'no such run is kept in the lake',
    where: place,
    remedy: 'Name a run by its id, as fraudctl segment run printed it.',
  });
}
