import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { fail, messageOf } from '../vocabulary/failure.ts';

/**
 * A YAML document of `config`, held to its schema. Throws `CONFIGURATION_MISSING` (64) when it cannot be read
 * and `CONFIGURATION_INVALID` (65) naming file, field and what is wrong.
 */
export async function loadYaml<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    fail(
      {
        exit: 'usage',
        code: 'CONFIGURATION_MISSING',
        message: `the file cannot be read: ${messageOf(error)}`,
        where: path,
        remedy: 'Give a name that is in config, or the path of a readable file.',
      },
      error,
    ),
  );
  const document = parseDocument(text, { strict: true, uniqueKeys: true, version: '1.2' });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) return refuse(path, '', problem.message);
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return refuse(path, (issue?.path ?? []).map(String).join('.'), issue?.message ?? 'not what it should be');
}

function refuse(path: string, field: string, message: string): never {
  return fail({
    exit: 'data',
    code: 'CONFIGURATION_INVALID',
    message,
    where: field === '' ? path : `${path}: ${field}`,
    remedy: 'Correct the field.',
  });
}
