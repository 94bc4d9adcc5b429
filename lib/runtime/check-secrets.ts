import type { ContainerRequirements } from '../task-contracts/define-task.ts';
import type { Failure } from '../vocabulary/failure.ts';
import { isPlaceholder } from '../vocabulary/placeholder.ts';
import type { Environment } from './launch-identity.ts';

export type SecretsCheck = {
  readonly values: Readonly<Record<string, string>>;
  readonly failures: readonly Failure[];
};

/**
 * Every secret of the contract: present, not blank, not a placeholder, of its shape. Pure, and silent
 * about values: a failure says which secret and what kind of wrong, never what it holds.
 * Failures: `SECRET_MISSING`, `SECRET_BLANK`, `SECRET_PLACEHOLDER`, `SECRET_MALFORMED`; all exit 78.
 * DSNs are parsed by `parseDsn` afterwards, which has its own codes.
 */
export function checkSecrets(contract: ContainerRequirements, environment: Environment): SecretsCheck {
  const failures: Failure[] = [];
  const values: Record<string, string> = {};
  for (const [name, requirement] of Object.entries(contract.secrets)) {
    const value = environment[name];
    const refuse = (code: string, message: string) =>
      failures.push({
        exit: 'refused',
        code,
        message: `${name} ${message}`,
        where: name,
        remedy: `Put the secret ${requirement.path} (${requirement.purpose.replace(/\.$/, '')}) into this environment, then run fraudctl db migrate.`,
      });
    if (value === undefined) refuse('SECRET_MISSING', 'is not set');
    else if (value.trim() === '') refuse('SECRET_BLANK', 'is blank');
    else if (isPlaceholder(value)) refuse('SECRET_PLACEHOLDER', 'is a placeholder');
    else if (requirement.kind === 'api-key' && !isApiKey(value, requirement.minimumLength)) {
      refuse('SECRET_MALFORMED', `is not a key of at least ${requirement.minimumLength} URL-safe characters`);
    } else values[name] = value;
  }
  return { values, failures };
}

function isApiKey(value: string, minimumLength: number): boolean {
  return value.length >= minimumLength && value.length <= 512 && /^[A-Za-z0-9_-]+$/.test(value);
}
