import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { type BurstGateSpec, burstGateSpecSchema, gateSpecDigest } from '../gates/burst/gate-spec.ts';
import { fail, messageOf } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';

const shipped = fileURLToPath(new URL('../../config/gates', import.meta.url));

/** The gate that bursts are judged by unless another is named. */
export const usualBurstGate = 'm10f-burst';

export type LoadedGateSpec = {
  readonly spec: BurstGateSpec;
  readonly sha256: Sha256;
  readonly path: string;
};

/**
 * A gate of `config/gates` by its name, or by the path of a file that ends in `.yaml`. Throws `GATE_UNKNOWN`
 * (64) and `GATE_INVALID` (65) naming file, field and what is wrong.
 */
export async function loadBurstGate(nameOrPath: string): Promise<LoadedGateSpec> {
  const path = nameOrPath.endsWith('.yaml') ? nameOrPath : join(shipped, `${nameOrPath}.yaml`);
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    fail(
      {
        exit: 'usage',
        code: 'GATE_UNKNOWN',
        message: `the gate cannot be read: ${messageOf(error)}`,
        where: path,
        value: nameOrPath,
        remedy: `Give ${usualBurstGate}, another file of config/gates, or the path of one that ends in .yaml.`,
      },
      error,
    ),
  );
  const document = parseDocument(text, { strict: true, uniqueKeys: true, version: '1.2' });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) return refuse(path, '', problem.message);
  const parsed = burstGateSpecSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(path, (issue?.path ?? []).map(String).join('.'), issue?.message ?? 'not a gate');
  }
  const spec = parsed.data;
  if (spec.name !== basename(path, '.yaml')) {
    return refuse(path, 'name', 'the name of a gate is the name of its file');
  }
  return { spec, sha256: gateSpecDigest(spec), path };
}

function refuse(path: string, field: string, message: string): never {
  return fail({
    exit: 'data',
    code: 'GATE_INVALID',
    message,
    where: field === '' ? path : `${path}: ${field}`,
    remedy: 'Correct the field; lib/gates/burst/gate-spec.ts says what each one means.',
  });
}
