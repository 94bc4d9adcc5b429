import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { sha256Of } from '../evidence/format/digest.ts';
import { type ClosureGate, closureGateSchema } from '../gates/closure/closure-gate.ts';
import { type RunMeasures, runMeasuresSchema } from '../gates/closure/run-measures.ts';
import { type StateBudgets, stateBudgetsSchema } from '../gates/closure/score-run.ts';
import type { FoundBaseline } from '../gates/phases/phase-records.ts';
import { errorCodeOf, fail, failureOf, messageOf } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';
import { loadYaml } from './load-yaml.ts';

const gatesFolder = fileURLToPath(new URL('../../config/gates', import.meta.url));
/** Where authoritative baselines are recorded, by name. */
export const baselineFolder = join(gatesFolder, 'baselines');

const ownGatesSchema = z.strictObject({ version: z.literal('v1'), gates: z.array(closureGateSchema).min(1) });

/** Every closure gate by its name: the product's own, and those of the seed. */
export async function closureGates(): Promise<ReadonlyMap<string, ClosureGate>> {
  const own = await loadYaml(join(gatesFolder, 'segment-5a.yaml'), ownGatesSchema);
  const seeds = (await readdir(join(gatesFolder, 'seed'))).filter((name) => name.startsWith('popt')).sort();
  const seed = await Promise.all(
    seeds.map((name) => loadYaml(join(gatesFolder, 'seed', name), closureGateSchema)),
  );
  return new Map([...own.gates, ...seed].map((gate) => [gate.name, gate]));
}

/** A gate by its name. Throws `GATE_UNKNOWN` (64) naming those there are. */
export async function findClosureGate(name: string): Promise<ClosureGate> {
  const gates = await closureGates();
  return (
    gates.get(name) ??
    fail({
      exit: 'usage',
      code: 'GATE_UNKNOWN',
      message: 'there is no closure gate of this name',
      where: '--gate',
      value: name,
      remedy: `${didYouMean(name, [...gates.keys()])}Gates are: ${[...gates.keys()].join(', ')}.`,
    })
  );
}

/** Budgets of states by name: of this product, and of 2026-02-21. */
const budgetFiles: ReadonlyMap<string, string> = new Map([
  ['segment-5a', 'segment-5a-budgets.yaml'],
  ['seed', 'seed/budgets.yaml'],
]);
export const usualBudgets = 'segment-5a';

/** Budgets of a name. Throws `BUDGETS_UNKNOWN` (64) naming those there are. */
export async function stateBudgets(name: string): Promise<StateBudgets> {
  const file = budgetFiles.get(name);
  if (file !== undefined) return await loadYaml(join(gatesFolder, file), stateBudgetsSchema);
  return fail({
    exit: 'usage',
    code: 'BUDGETS_UNKNOWN',
    message: 'there are no budgets of this name',
    where: '--budgets',
    value: name,
    remedy: `Budgets are: ${[...budgetFiles.keys()].join(', ')}.`,
  });
}

/** A baseline as it is recorded, with the digest of its file: replaced or altered, it is another authority. */
export type RecordedBaseline = { readonly measures: RunMeasures; readonly sha256: Sha256 };

/**
 * The authoritative baseline of a name. Throws `BASELINE_MISSING` (64) when nobody has recorded it: a gate
 * without an authority decides nothing; and `BASELINE_INVALID` (65) when what lies there is none.
 */
export async function readBaseline(name: string, folder = baselineFolder): Promise<RecordedBaseline> {
  const path = join(folder, `${name}.json`);
  const content = await readFile(path).catch((error: unknown) => {
    if (errorCodeOf(error) !== 'ENOENT') refuseBaseline(path, messageOf(error));
    return fail({
      exit: 'usage',
      code: 'BASELINE_MISSING',
      message: 'nobody has recorded this baseline',
      where: path,
      value: name,
      remedy: `Record one: fraudctl baseline set ${name} --run <segment run> --runs-root <folder>`,
    });
  });
  const parsed = runMeasuresSchema.safeParse(parseJson(content, path));
  if (parsed.success) return { measures: parsed.data, sha256: sha256Of(content) };
  const [issue] = parsed.error.issues;
  return refuseBaseline(path, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** What is recorded under the name of a baseline, for whoever judges by it. */
export async function findBaseline(name: string, folder = baselineFolder): Promise<FoundBaseline> {
  try {
    const { sha256 } = await readBaseline(name, folder);
    return { kind: 'recorded', sha256 };
  } catch (error) {
    const { code, message } = failureOf(error);
    if (code === 'BASELINE_MISSING') return { kind: 'missing' };
    if (code === 'BASELINE_INVALID')
      return { kind: 'broken', why: `the baseline ${name} is none: ${message}` };
    throw error;
  }
}

function parseJson(content: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    return refuseBaseline(path, messageOf(error));
  }
}

function refuseBaseline(path: string, message: string): never {
  return fail({
    exit: 'data',
    code: 'BASELINE_INVALID',
    message,
    where: path,
    remedy: 'Record it again; a baseline is never edited.',
  });
}
