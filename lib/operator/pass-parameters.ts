import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { parameterFailures } from '../runtime/check-parameters.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { inlineParametersLimit } from '../task-contracts/launch-environment.ts';
import { PlatformError } from '../vocabulary/failure.ts';
import type { JsonValue } from '../vocabulary/json.ts';
import type { ParameterPassing } from '../workflows/one-shot-input.ts';

/** An object to be stored before an execution that points to it. */
export type IntendedObject = { readonly key: string; readonly content: Uint8Array };

export type PassedParameters = {
  readonly passing: ParameterPassing;
  /** Parameters too large for the launch itself. */
  readonly object: IntendedObject | undefined;
};

/**
 * Parameters as a launch carries them: with their defaults, as canonical JSON, inline or by pointer to
 * `key`. Pure. Throws `PARAMETERS_MALFORMED` (64), naming every parameter at fault.
 */
export function passParameters(contract: TaskContract, parameters: JsonValue, key: string): PassedParameters {
  const parsed = contract.parameters.safeParse(parameters);
  if (!parsed.success) {
    const [first, ...others] = parameterFailures(contract, parsed.error, 'usage');
    if (first === undefined) throw parsed.error;
    const more = others.map(({ where, message }) => `${where}: ${message}`);
    throw new PlatformError({ ...first, message: [first.message, ...more].join('; ') });
  }
  const content = canonicalBytes(parsed.data as JsonValue);
  const inline = new TextDecoder().decode(content);
  // Overrides are JSON themselves: there, every quotation mark of it is two characters, or more.
  if (JSON.stringify(inline).length <= inlineParametersLimit) {
    return { passing: { inline, key: '', sha256: '' }, object: undefined };
  }
  return { passing: { inline: '', key, sha256: sha256Of(content) }, object: { key, content } };
}
