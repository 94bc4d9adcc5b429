import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localEnvironment } from '../../config/names.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { didYouMean } from '../../lib/vocabulary/nearest-names.ts';

/** Where the files of environments are. */
export const environmentsFolder = fileURLToPath(new URL('../../config/environments/', import.meta.url));

/** Names that `--env` takes: the local environment, and every file of `config/environments`. */
export async function environmentNames(): Promise<readonly string[]> {
  const files = (await readdir(environmentsFolder)).filter((one) => one.endsWith('.yaml')).sort();
  return [localEnvironment, ...files.map((file) => basename(file, '.yaml'))];
}

/** Refuses an environment that this clone has no file for: `ENVIRONMENT_UNKNOWN` (64). */
export async function requireKnownEnvironment(name: string): Promise<void> {
  const known = await environmentNames();
  if (known.includes(name)) return;
  fail({
    exit: 'usage',
    code: 'ENVIRONMENT_UNKNOWN',
    message: 'there is no environment of this name',
    where: '--env',
    value: name,
    remedy: `${didYouMean(name, known)}Use --env ${known.join(', or ')}.`,
  });
}
