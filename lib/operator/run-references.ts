import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnvironmentName, phasesPrefix, runControlPrefix } from '../../config/names.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { executionIdSchema } from '../vocabulary/identifiers.ts';
import { baselineFolder } from './closure-gates.ts';

/** By run, what names it: `baseline seed-popt0`, `closure of POPT.5`, an execution. */
export type RunReferences = ReadonlyMap<string, readonly string[]>;

const runIds = /\b[0-9a-f]{32}\b/g;

/** Whatever looks like the id of a run counts, also in what is otherwise broken: what cannot be read is not let go. */
class FoundReferences {
  readonly #found = new Map<string, Set<string>>();

  note(text: string, reference: string): void {
    for (const run of text.match(runIds) ?? []) {
      this.#found.set(run, (this.#found.get(run) ?? new Set()).add(reference));
    }
  }

  all(): RunReferences {
    return new Map([...this.#found].map(([run, named]) => [run, [...named].sort()]));
  }
}

/** The runs that recorded baselines are, and that recorded closures name as baseline, candidate or witness. */
export async function runReferences(
  evidence: EvidenceStore,
  environment: EnvironmentName,
  signal: AbortSignal,
): Promise<RunReferences> {
  const found = new FoundReferences();
  for (const file of (await readdir(baselineFolder)).filter((name) => name.endsWith('.json')).sort()) {
    found.note(await readFile(join(baselineFolder, file), 'utf8'), `baseline ${file.replace(/\.json$/, '')}`);
  }
  const prefix = phasesPrefix(environment);
  for await (const { key } of evidence.list(prefix, signal)) {
    const [phase = '', kind] = key.slice(prefix.length).split('/');
    if (kind !== 'closures') continue;
    found.note(new TextDecoder().decode(await evidence.get(key, signal)), `closure of ${phase}`);
  }
  return found.all();
}

/** What an execution was told, and what its launches left: there it names the runs that it makes and reads. */
const namesRuns = /\/(?:intent|parameters|result)\.json$|\/parameters\/[^/]+\.json$/;

/** The runs that these executions name, in what they were told or in what their launches have left until now. */
export async function runsOfExecutions(
  evidence: EvidenceStore,
  environment: EnvironmentName,
  executions: readonly string[],
  signal: AbortSignal,
): Promise<RunReferences> {
  const found = new FoundReferences();
  for (const name of executions) {
    const executionId = executionIdSchema.safeParse(name).data;
    if (executionId === undefined) continue;
    for await (const { key } of evidence.list(runControlPrefix(environment, executionId), signal)) {
      if (!namesRuns.test(key)) continue;
      found.note(new TextDecoder().decode(await evidence.get(key, signal)), executionId);
    }
  }
  return found.all();
}
