import { join } from 'node:path';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { loadEnvironments } from '../../lib/stacks/environment/load-environment.ts';

/** The committed environments. */
export const environments = loadEnvironments(join(import.meta.dirname, '..', '..', 'config', 'environments'));

/** A committed environment by name. Throws when there is none. */
export function environmentNamed(name: string): EnvironmentSettings {
  const found = environments.find((settings) => settings.name === name);
  if (found === undefined) throw new Error(`config/environments has no ${name}`);
  return found;
}
