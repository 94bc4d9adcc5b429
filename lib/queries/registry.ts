import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCodeOf, fail } from '../vocabulary/failure.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';
import { parseQueryFile, type QueryDefinition, queryNameSchema } from './query-definition.ts';

const shipped = fileURLToPath(new URL('../../config/queries', import.meta.url));

/** Every query that comes with this version, by name. Throws `QUERY_FILE_INVALID` (65). */
export async function listQueries(folder = shipped): Promise<readonly QueryDefinition[]> {
  const names = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return await Promise.all(names.map((file) => read(folder, basename(file, '.sql'))));
}

/** A query by its name. Throws `QUERY_UNKNOWN` (64) naming those there are, `QUERY_FILE_INVALID` (65). */
export async function findQuery(name: string, folder = shipped): Promise<QueryDefinition> {
  if (!queryNameSchema.safeParse(name).success) return await refuseUnknown(name, folder);
  try {
    return await read(folder, name);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return await refuseUnknown(name, folder);
    throw error;
  }
}

async function read(folder: string, name: string): Promise<QueryDefinition> {
  const path = join(folder, `${name}.sql`);
  return parseQueryFile(name, await readFile(path, 'utf8'), path);
}

async function refuseUnknown(name: string, folder: string): Promise<never> {
  const known = (await listQueries(folder)).map((query) => query.name);
  return fail({
    exit: 'usage',
    code: 'QUERY_UNKNOWN',
    message: 'there is no query of this name',
    where: '<query>',
    value: name,
    remedy: `${didYouMean(name, [...known, 'list'])}Queries are: ${known.join(', ')}. See fraudctl query list.`,
  });
}
