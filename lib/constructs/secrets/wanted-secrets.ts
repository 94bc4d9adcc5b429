import { type EnvironmentName, secretParameterName } from '../../../config/names.ts';
import type { ContainerRequirements, SecretRequirement } from '../../task-contracts/define-task.ts';
import { masterRole } from '../../task-contracts/migrate.ts';

/** A secret that some contract asks for, without where the database is. */
export type WantedSecret =
  | { readonly kind: 'login-dsn' | 'master-dsn'; readonly path: string; readonly role: string }
  | {
      readonly kind: 'api-key';
      readonly path: string;
      readonly minimumLength: number;
      /** Path of the key that this one follows at a rotation. */
      readonly follows: string | undefined;
    };

/** A key `x-next` is what `x` becomes at the next rotation. */
const successorSuffix = '-next';

/**
 * Every secret of an environment, once each, by path. Pure. Throws a plain `Error` when two contracts mean
 * different things by one path: it is a programming mistake.
 */
export function wantedSecrets(contracts: readonly ContainerRequirements[]): readonly WantedSecret[] {
  const requirements = contracts.flatMap(({ secrets }) => Object.values(secrets));
  const byPath = new Map<string, SecretRequirement>();
  for (const requirement of requirements) {
    const known = byPath.get(requirement.path);
    if (known === undefined) {
      byPath.set(requirement.path, requirement);
      continue;
    }
    if (known.kind === 'api-key' && requirement.kind === 'api-key') {
      if (requirement.minimumLength > known.minimumLength) byPath.set(requirement.path, requirement);
    } else if (
      known.kind === 'api-key' ||
      requirement.kind === 'api-key' ||
      known.role !== requirement.role
    ) {
      throw new Error(`the contracts mean different things by the secret ${requirement.path}`);
    }
  }
  return [...byPath.values()]
    .sort((one, other) => (one.path < other.path ? -1 : 1))
    .map((requirement) => {
      const { path } = requirement;
      if (requirement.kind !== 'api-key') {
        const kind = requirement.role === masterRole ? 'master-dsn' : 'login-dsn';
        return { kind, path, role: requirement.role };
      }
      const successor = `${path}${successorSuffix}`;
      return {
        kind: 'api-key',
        path,
        minimumLength: requirement.minimumLength,
        follows: byPath.has(successor) ? successor : undefined,
      };
    });
}

/** Names of the parameters that a contract reads, sorted. */
export function secretNames(
  environment: EnvironmentName,
  contract: ContainerRequirements,
): readonly string[] {
  return [
    ...new Set(Object.values(contract.secrets).map(({ path }) => secretParameterName(environment, path))),
  ].sort();
}
