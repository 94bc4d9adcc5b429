import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { type BurstGateSpec, burstGateSpecSchema, gateSpecDigest } from '../gates/burst/gate-spec.ts';
import { errorCodeOf, fail, messageOf } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';

const shipped = fileURLToPath(new URL('../../config/gates', import.meta.url));

/** The gate that bursts are judged by unless another is named. */
export const usualBurstGate = 'm10f-burst';

export type LoadedGateSpec = {
  readonly spec: BurstGateSpec;
  readonly sha256: Sha256;
  readonly path: string;
};

/** Names of the gates for bursts that come with this version; gates of closures are beside them. */
export async function shippedBurstGateNames(): Promise<readonly string[]> {
  const files = (await readdir(shipped)).filter((name) => name.endsWith('.yaml'));
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(shipped, file), 'utf8');
      return burstGateSpecSchema.safeParse(parseDocument(text).toJS()).success
        ? [basename(file, '.yaml')]
        : [];
    }),
  );
  return found.flat();
}

/**
 * A gate of `config/gates` by its name, or by the path of a file that ends in `.yaml`. Throws `GATE_UNKNOWN`
 * (64) and `GATE_INVALID` (65) naming file, field and what is wrong.
 */
export async function loadBurstGate(nameOrPath: string): Promise<LoadedGateSpec> {
  const path = nameOrPath.endsWith('.yaml') ? nameOrPath : join(shipped, `${nameOrPath}.yaml`);
  const text = await readFile(path, 'utf8').catch(async (error: unknown) => {
    const known = await shippedBurstGateNames();
    return fail(
      {
        exit: 'usage',
        code: 'GATE_UNKNOWN',
        message:
          errorCodeOf(error) === 'ENOENT'
            ? 'there is no such gate'
            : `the gate cannot be read: ${messageOf(error)}`,
        where: path,
        value: nameOrPath,
        remedy: `${didYouMean(nameOrPath, known)}Give one of ${known.join(', ')}, or the path of a file that ends in .yaml.`,
      },
      error,
    );
  });
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
