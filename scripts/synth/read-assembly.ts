import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { type Template, templateSchema } from '../../lib/stacks/checks/template.ts';
import type { Sha256 } from '../../lib/vocabulary/identifiers.ts';

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      displayName: z.string().optional(),
      properties: z.looseObject({ templateFile: z.string().optional() }).optional(),
    }),
  ),
});

export type Assembly = {
  /** By `environment/stack`. */
  readonly templates: ReadonlyMap<string, Template>;
  /** SHA-256 of each template's file, by its path in the assembly. */
  readonly files: ReadonlyMap<string, Sha256>;
};

/** What a finished `cdk synth` wrote. */
export function readAssembly(folder: string): Assembly {
  const readJson = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const stacks = readdirSync(folder)
    .filter((name) => name.startsWith('assembly-') && existsSync(join(folder, name, 'manifest.json')))
    .sort()
    .flatMap((name) =>
      Object.values(manifestSchema.parse(readJson(join(name, 'manifest.json'))).artifacts).flatMap(
        ({ type, displayName, properties }) =>
          type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined
            ? []
            : // `dev-min/tasks (fraud-platform-dev-min-tasks)`
              [
                {
                  stack: displayName?.split(' ')[0] ?? '',
                  file: join(name, properties.templateFile),
                },
              ],
      ),
    );
  return {
    templates: new Map(stacks.map(({ stack, file }) => [stack, templateSchema.parse(readJson(file))])),
    files: new Map(stacks.map(({ file }) => [file, sha256Of(readFileSync(join(folder, file)))])),
  };
}
