import { readdirSync } from 'node:fs';
import type { Bench } from './definition.ts';

const suffix = '.bench.ts';

/** Names of all benches, sorted: one a file `<name>.bench.ts` of this folder. */
export function benchNames(): readonly string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}

export async function loadBench(name: string): Promise<Bench> {
  const module: { readonly bench: Bench } = await import(`./${name}${suffix}`);
  return module.bench;
}
