import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Template, templateSchema } from '../../lib/stacks/checks/template.ts';

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

/** Templates of a finished `cdk synth`, as `environment/stack`. */
export function readAssembly(folder: string): ReadonlyMap<string, Template> {
  const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  return new Map(
    readdirSync(folder)
      .filter((name) => name.startsWith('assembly-') && existsSync(join(folder, name, 'manifest.json')))
      .sort()
      .flatMap((name) =>
        Object.values(manifestSchema.parse(readJson(join(folder, name, 'manifest.json'))).artifacts).flatMap(
          ({ type, displayName, properties }) => {
            if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
            // `dev-min/tasks (fraud-platform-dev-min-tasks)`
            const path = displayName?.split(' ')[0] ?? '';
            return [
              [path, templateSchema.parse(readJson(join(folder, name, properties.templateFile)))] as const,
            ];
          },
        ),
      ),
  );
}
