import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type ClosureGate, closureGateSchema } from '../gates/closure/closure-gate.ts';
import { type RunMeasures, runMeasuresSchema } from '../gates/closure/run-measures.ts';
import { type StateBudgets, stateBudgetsSchema } from '../gates/closure/score-run.ts';
import { fail } from '../vocabulary/failure.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';
import { loadYaml } from './load-yaml.ts';

const folder = fileURLToPath(new URL('../../config/gates', import.meta.url));
/** Where authoritative baselines are recorded, by name. */
export const baselineFolder = join(folder, 'baselines');

const ownGatesSchema = z.strictObject({ version: z.literal('v1'), gates: z.array(closureGateSchema).min(1) });

/** Every closure gate by its name: the product's own, and those of the seed. */
export async function closureGates(): Promise<ReadonlyMap<string, ClosureGate>> {
  const own = await loadYaml(join(folder, 'segment-5a.yaml'), ownGatesSchema);
  const seeds = (await readdir(join(folder, 'seed'))).filter((name) => name.startsWith('popt')).sort();
  const seed = await Promise.all(
    seeds.map((name) => loadYaml(join(folder, 'seed', name), closureGateSchema)),
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
  if (file !== undefined) return await loadYaml(join(folder, file), stateBudgetsSchema);
  return fail({
    exit: 'usage',
    code: 'BUDGETS_UNKNOWN',
    message: 'there are no budgets of this name',
    where: '--budgets',
    value: name,
    remedy: `Budgets are: ${[...budgetFiles.keys()].join(', ')}.`,
  });
}

/**
 * The authoritative baseline of a name. Throws `BASELINE_MISSING` (64) when nobody has recorded it: a gate
 * without an authority decides nothing.
 */
export async function readBaseline(name: string): Promise<RunMeasures> {
  const path = join(baselineFolder, `${name}.json`);
  const text = await readFile(path, 'utf8').catch(() =>
    fail({
      exit: 'usage',
      code: 'BASELINE_MISSING',
      message: 'nobody has recorded this baseline',
      where: path,
      value: name,
      remedy: `Record one: fraudctl baseline set ${name} --run <segment run> --runs-root <folder>`,
    }),
  );
  const parsed = runMeasuresSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  return fail({
    exit: 'data',
    code: 'BASELINE_INVALID',
    message: `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`,
    where: path,
    remedy: 'Record it again; a baseline is never edited.',
  });
}
