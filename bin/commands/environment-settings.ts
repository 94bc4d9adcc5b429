import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { parseEnvironment } from '../../lib/stacks/environment/load-environment.ts';
import { fail } from '../../lib/vocabulary/failure.ts';

const folder = join(import.meta.dirname, '..', '..', 'config', 'environments');

/**
 * The file of an AWS environment. Throws `ENVIRONMENT_UNKNOWN` (64) where there is none, and
 * `ENVIRONMENT_MALFORMED` (78) as the synthesis does.
 */
export function loadEnvironmentSettings(name: string): EnvironmentSettings {
  const path = join(folder, `${name}.yaml`);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || !existsSync(path)) {
    const names = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));
    return fail({
      exit: 'usage',
      code: 'ENVIRONMENT_UNKNOWN',
      message: 'there is no environment of this name',
      where: '--env',
      value: name,
      remedy: `Use one of: ${[localEnvironment, ...names].join(', ')}.`,
    });
  }
  return parseEnvironment(readFileSync(path, 'utf8'), `config/environments/${name}.yaml`);
}
