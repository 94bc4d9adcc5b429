import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fail } from '../vocabulary/failure.ts';
import { fetchFolder } from './folders.ts';
import { isInLake, openLake } from './open-lake.ts';

/**
 * Path of a folder that a task is given: as it is when it lies on a disk, else copied from the lake to a new
 * folder below `scratch`. Throws what `fetchFolder` throws.
 */
export async function nearFolder(place: string, scratch: string, signal: AbortSignal): Promise<string> {
  const lake = openLake(place);
  if (lake === undefined) return place;
  const folder = join(scratch, 'near', basename(place));
  await fetchFolder(lake, '', folder, signal);
  return folder;
}

/** As `nearFolder`, of one file. Throws `LAKE_FILE_MISSING` (65). */
export async function nearFile(place: string, scratch: string, signal: AbortSignal): Promise<string> {
  const lake = isInLake(place) ? openLake(dirname(place)) : undefined;
  if (lake === undefined) return place;
  const path = join(scratch, 'near', basename(place));
  await mkdir(dirname(path), { recursive: true });
  if (await lake.fetchTo(basename(place), path, signal)) return path;
  return fail({
    exit: 'data',
    code: 'LAKE_FILE_MISSING',
    message: 'there is no such file in the lake',
    where: place,
    remedy: 'Correct the address, or put the file there again.',
  });
}
