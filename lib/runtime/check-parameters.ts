import type { z } from 'zod';
import { parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { launchVariables } from '../task-contracts/launch-environment.ts';
import { type Failure, failureOf } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import type { Environment } from './launch-identity.ts';

export type ParametersCheck =
  | { readonly kind: 'accepted'; readonly value: unknown; readonly sha256: Sha256 }
  | { readonly kind: 'refused'; readonly failures: readonly Failure[] };

/**
 * The parameters of this launch, inline or fetched by pointer and compared with their digest.
 * Failures: `PARAMETERS_MISSING`, `PARAMETERS_UNREADABLE`, `PARAMETERS_ALTERED`, `PARAMETERS_MALFORMED`; exit 78.
 */
export async function checkParameters(
  contract: TaskContract,
  environment: Environment,
  store: EvidenceStore | undefined,
  signal: AbortSignal,
): Promise<ParametersCheck> {
  const inline = environment[launchVariables.parameters] ?? '';
  if (inline !== '')
    return parseParameters(contract, new TextEncoder().encode(inline), launchVariables.parameters);
  const key = environment[launchVariables.parametersKey] ?? '';
  const digest = environment[launchVariables.parametersDigest] ?? '';
  if (key === '' || digest === '') {
    return refuse('PARAMETERS_MISSING', 'the launch carries no parameters', launchVariables.parameters);
  }
  if (store === undefined) {
    return refuse('PARAMETERS_UNREADABLE', 'the parameters cannot be fetched without an evidence store', key);
  }
  let bytes: Uint8Array | undefined;
  try {
    bytes = await store.get(key, signal);
  } catch (error) {
    return refuse('PARAMETERS_UNREADABLE', failureOf(error).message, key);
  }
  if (bytes === undefined)
    return refuse('PARAMETERS_MISSING', 'the parameters are not where the launch says', key);
  if (sha256Of(bytes) !== digest) {
    return refuse('PARAMETERS_ALTERED', 'the parameters are not those that were launched', key);
  }
  return parseParameters(contract, bytes, key);
}

function refuse(code: string, message: string, where: string): ParametersCheck {
  const remedy = 'Launch again through fraudctl.';
  return { kind: 'refused', failures: [{ exit: 'refused', code, message, where, remedy }] };
}

function parseParameters(contract: TaskContract, bytes: Uint8Array, where: string): ParametersCheck {
  let json: unknown;
  try {
    json = parseCanonicalJson(bytes, where);
  } catch (error) {
    return refuse('PARAMETERS_MALFORMED', failureOf(error).message, where);
  }
  const parsed = contract.parameters.safeParse(json);
  if (parsed.success) return { kind: 'accepted', value: parsed.data, sha256: sha256Of(bytes) };
  return { kind: 'refused', failures: parameterFailures(contract, parsed.error, 'refused') };
}

/** One failure for each issue that zod found; shared with the operator, who refuses before a launch (64). */
export function parameterFailures(
  contract: TaskContract,
  error: z.ZodError,
  exit: 'refused' | 'usage',
): readonly Failure[] {
  return error.issues.map((issue) => ({
    exit,
    code: 'PARAMETERS_MALFORMED',
    message: issue.message,
    where: ['parameters', ...issue.path.map(String)].join('.'),
    remedy: `See the parameters of ${contract.name} in docs/contracts.md, or run: fraudctl task list`,
  }));
}
