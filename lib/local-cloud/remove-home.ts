import { lstat, rm, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errorCodeOf, fail, messageOf } from '../vocabulary/failure.ts';
import { homeAt } from './home.ts';
import { displacedFolder } from './postgres/server-place.ts';
import { bytesBelow } from './state-on-disk.ts';

/** Something that belongs to a local environment and is there. */
export type StatePart = { readonly path: string; readonly bytes: number };

/**
 * What there is of a local environment on the disk: in its home, and PostgreSQL where it is elsewhere. Nothing
 * else in the folder is listed: a home may have been put into a folder that holds other things. The layout
 * comes last, so that a removal that was cut short can be done again. Throws `HOME_UNKNOWN` (64) for a folder
 * that is no home.
 */
export async function stateOfHome(homeFolder: string): Promise<readonly StatePart[]> {
  const home = homeAt(homeFolder);
  if (!(await isThere(home.layout))) {
    return fail({
      exit: 'usage',
      code: 'HOME_UNKNOWN',
      message: 'there is no local environment in this folder',
      where: home.root,
      remedy: 'Name the folder of the one that is meant: FRAUD_PLATFORM_HOME=<folder>.',
    });
  }
  const displaced = displacedFolder(home.postgres);
  const paths = [
    ...[home.runs, home.reports, home.evidence, home.mirror, home.journal, home.tasks, home.logs],
    ...[home.services, home.secrets, home.postgres, displaced, home.migrated, home.serverLog, home.layout],
  ];
  const parts = await Promise.all(
    paths.map(async (path) => ((await isThere(path)) ? [{ path, bytes: await bytesBelow([path]) }] : [])),
  );
  return parts.flat();
}

/** Removes the parts, and the folders around them that are empty then. Throws `HOME_NOT_REMOVED` (77) at the first that stays. */
export async function removeState(homeFolder: string, parts: readonly StatePart[]): Promise<void> {
  for (const { path } of parts) {
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      fail(
        {
          exit: 'not-permitted',
          code: 'HOME_NOT_REMOVED',
          message: `a part of the local environment cannot be removed: ${messageOf(error)}`,
          where: path,
          remedy: 'Do it as the user that made it; what is left is listed when you ask again.',
        },
        error,
      ),
    );
  }
  const { root, postgres } = homeAt(homeFolder);
  for (const folder of [root, dirname(displacedFolder(postgres))]) {
    await rmdir(folder).catch((error: unknown) => {
      // Other things are in it, or it never was.
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCodeOf(error) ?? '')) throw error;
    });
  }
}

/** Name of a part as a list shows it. */
export function partName(homeFolder: string, { path }: StatePart): string {
  return dirname(path) === homeAt(homeFolder).root ? basename(path) : path;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
