import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnvironmentName, phasesPrefix } from '../../config/names.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { baselineFolder } from './closure-gates.ts';

/** What judges by a run: `baseline seed-popt0`, `closure of POPT.5`. By run. */
export type RunReferences = ReadonlyMap<string, readonly string[]>;

const runIds = /\b[0-9a-f]{32}\b/g;

/**
 * The runs that recorded baselines are, and that recorded closures name as baseline, candidate or witness. Whatever
 * looks like the id of a run counts, also in a record that is otherwise broken: what cannot be read is not let go.
 */
export async function runReferences(
  evidence: EvidenceStore,
  environment: EnvironmentName,
  signal: AbortSignal,
): Promise<RunReferences> {
  const references = new Map<string, Set<string>>();
  const note = (text: string, reference: string) => {
    for (const run of text.match(runIds) ?? []) {
      references.set(run, (references.get(run) ?? new Set()).add(reference));
    }
  };
  for (const file of (await readdir(baselineFolder)).filter((name) => name.endsWith('.json')).sort()) {
    note(await readFile(join(baselineFolder, file), 'utf8'), `baseline ${file.replace(/\.json$/, '')}`);
  }
  const prefix = phasesPrefix(environment);
  for await (const { key } of evidence.list(prefix, signal)) {
    const [phase = '', kind] = key.slice(prefix.length).split('/');
    if (kind !== 'closures') continue;
    note(new TextDecoder().decode(await evidence.get(key, signal)), `closure of ${phase}`);
  }
  return new Map([...references].map(([run, named]) => [run, [...named].sort()]));
}
