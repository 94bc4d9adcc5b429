import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseDocument } from 'yaml';
import { fail } from '../../vocabulary/failure.ts';
import { isPlaceholder } from '../../vocabulary/placeholder.ts';
import { type EnvironmentSettings, environmentSettingsSchema } from './environment-settings.ts';

const remedy = 'Correct the file; lib/stacks/environment/environment-settings.ts says what each key means.';

/** Every environment of a folder, in the order of their names. Throws as `parseEnvironment`. */
export function loadEnvironments(folder: string): readonly EnvironmentSettings[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      return parseEnvironment(readFileSync(path, 'utf8'), relative(process.cwd(), path));
    });
}

/**
 * One environment from the text of its file. Pure. Throws `ENVIRONMENT_MALFORMED` (78) with every fault
 * as `file: key: what`; `where` is the first one's file and key.
 */
export function parseEnvironment(text: string, file: string): EnvironmentSettings {
  const document = parseDocument(text, { prettyErrors: false });
  const [unreadable] = [...document.errors, ...document.warnings];
  if (unreadable !== undefined) return refuse(file, [['', unreadable.message]]);
  const content: unknown = document.toJS();
  const parsed = environmentSettingsSchema.safeParse(content);
  const faults = [
    ...placeholders(content, ''),
    ...(parsed.error?.issues ?? []).map(({ path, message }): [string, string] => [
      path.map(String).join('.'),
      message,
    ]),
  ];
  if (parsed.data !== undefined && `${parsed.data.name}.yaml` !== basename(file)) {
    faults.push(['name', `${parsed.data.name} is not the name of the file`]);
  }
  return parsed.data === undefined || faults.length > 0 ? refuse(file, faults) : parsed.data;
}

function placeholders(value: unknown, path: string): readonly [string, string][] {
  if (typeof value === 'string') return isPlaceholder(value) ? [[path, 'is a placeholder']] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    placeholders(member, path === '' ? key : `${path}.${key}`),
  );
}

function refuse(file: string, faults: readonly [string, string][]): never {
  const lines = faults.map(([key, message]) => [file, key, message].filter((part) => part !== '').join(': '));
  return fail({
    exit: 'refused',
    code: 'ENVIRONMENT_MALFORMED',
    message: lines.join('\n'),
    where: [file, faults[0]?.[0] ?? ''].filter((part) => part !== '').join(': '),
    remedy,
  });
}
