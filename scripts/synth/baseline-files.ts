import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Template, templateSchema } from '../../lib/stacks/checks/template.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'stacks', 'baseline');
const fileOf = (environment: string, stack: string) => join(folder, environment, `${stack}.json`);

/** A template of the last release; without one, an empty template, so that everything in it is new. */
export function readBaseline(environment: string, stack: string): Template {
  const path = fileOf(environment, stack);
  return templateSchema.parse(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});
}

/** Replaces the templates of one environment. */
export function writeBaseline(environment: string, templates: ReadonlyMap<string, Template>): void {
  rmSync(join(folder, environment), { recursive: true, force: true });
  mkdirSync(join(folder, environment), { recursive: true });
  for (const [stack, template] of templates) {
    writeFileSync(fileOf(environment, stack), `${JSON.stringify(masked(template), null, 1)}\n`);
  }
}

/** Without what every change of a handler changes: digests of bundles, and what the CDK says of itself. */
function masked(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^[a-f0-9]{64}(?=\.zip$)/, 'bundle');
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !['Metadata', 'Tags', 'Rules'].includes(key))
      .map(([key, member]) => [key, masked(member)]),
  );
}
