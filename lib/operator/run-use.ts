import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf } from '../vocabulary/failure.ts';

/** No task lives longer than six hours; what was touched since then may still be worked in. */
const leaseMillis = 7 * 3_600_000;
/**
 * Between two states, two launches, or a candidate and its rerun, nothing lies in scratch. A launch that failed is
 * made again after five minutes at most; what is written to less often than that, nobody works in.
 */
const quietMinutes = 15;

/** What a folder is, links not followed: its size, and when anything in it was last written, epoch milliseconds. */
export type FolderSurvey = { readonly bytes: number; readonly newest: number };

/** Looks through a folder in which others may be at work: what vanishes meanwhile has no size. */
export async function surveyFolder(
  folder: string,
  look: (path: string) => Promise<Stats> = lstat,
): Promise<FolderSurvey> {
  const stats = await look(folder).catch(ignoreVanished);
  if (stats === undefined) return { bytes: 0, newest: 0 };
  if (!stats.isDirectory()) return { bytes: stats.isFile() ? stats.size : 0, newest: stats.mtimeMs };
  let bytes = 0;
  let newest = stats.mtimeMs;
  for (const name of (await readdir(folder).catch(ignoreVanished)) ?? []) {
    const entry = await surveyFolder(join(folder, name), look);
    bytes += entry.bytes;
    newest = Math.max(newest, entry.newest);
  }
  return { bytes, newest };
}

/** Why a run is taken to be worked in, or `null`; `executions` that have not ended name it. */
export async function useOfRun(
  folder: string,
  newest: number,
  executions: readonly string[],
  now: number,
): Promise<string | null> {
  if (executions.length > 0) return `named by ${executions.join(', ')}, not ended`;
  if (await isLeased(folder, now)) return 'scratch lies in its tmp';
  return now - newest < quietMinutes * 60_000 ? `written to less than ${quietMinutes} minutes ago` : null;
}

async function isLeased(folder: string, now: number): Promise<boolean> {
  const root = join(folder, 'tmp');
  const names = await readdir(root).catch(() => []);
  const touched = await Promise.all(names.map((name) => lstat(join(root, name)).catch(() => undefined)));
  return touched.some((stats) => stats !== undefined && now - stats.mtimeMs < leaseMillis);
}

function ignoreVanished(error: unknown): undefined {
  const code = errorCodeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
