import type { EvidenceStore } from '../../evidence/stores/evidence-store.ts';
import { fetchFiles, listSets, readSet } from '../../lake/fetch-files.ts';
import { inParallel } from '../../lake/in-parallel.ts';
import { isWanted, latestReports, type RunSelection } from './run-sets.ts';

/**
 * Copies the wanted part of a kept run into its folder, which is then a run folder like any other. Returns the
 * names of the sets that were copied; none when no such run is kept.
 */
export async function fetchRun(
  store: EvidenceStore,
  prefix: string,
  runFolder: string,
  selection: RunSelection,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const wanted = (await listSets(store, prefix, '', signal)).filter((name) => isWanted(name, selection));
  const names = latestReports(wanted);
  const sets = await inParallel(names, (name) => readSet(store, prefix, name, signal));
  const [first] = sets;
  if (first === undefined) return names;
  const files = sets.flatMap((set) => set.files);
  await fetchFiles(store, prefix, { ...first, files }, runFolder, signal);
  return names;
}
