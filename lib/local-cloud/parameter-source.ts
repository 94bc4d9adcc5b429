import { secretParameterName } from '../../config/names.ts';
import type { ContainerRequirements } from '../task-contracts/define-task.ts';
import type { LocalPostgres } from './postgres/postgres-server.ts';
import { randomSecret, type SecretFiles } from './secret-files.ts';

/** The SSM parameters of a local environment. */
export type ParameterSource = {
  /** Value by name or ARN; `undefined` when there is no such parameter. */
  readonly read: (nameOrArn: string) => Promise<string | undefined>;
  readonly names: () => readonly string[];
  readonly arnOf: (name: string) => string;
};

/**
 * Every secret that a contract asks for, made the first time it is read. Passwords and keys are files;
 * DSNs are composed from them and from where PostgreSQL listens now, as the DSN writer does on AWS.
 * `override` files (`secrets/parameters/<path>`) stand before all that, so that a secret can be
 * blanked, replaced or spoilt by hand.
 */
export function createParameterSource(
  environment: string,
  region: string,
  account: string,
  contracts: readonly ContainerRequirements[],
  secrets: SecretFiles,
  postgres: () => Promise<LocalPostgres>,
): ParameterSource {
  const requirements = new Map(
    contracts.flatMap((contract) =>
      Object.values(contract.secrets).map(
        (secret) => [secretParameterName(environment, secret.path), secret] as const,
      ),
    ),
  );
  const arnPrefix = `arn:aws:ssm:${region}:${account}:parameter`;
  return {
    names: () => [...requirements.keys()].sort(),
    arnOf: (name) => `${arnPrefix}${name}`,
    read: async (nameOrArn) => {
      const name = nameOrArn.startsWith(arnPrefix) ? nameOrArn.slice(arnPrefix.length) : nameOrArn;
      const secret = requirements.get(name);
      if (secret === undefined) return undefined;
      const override = await secrets.read(`parameters/${secret.path}`);
      if (override !== undefined) return override === absentParameter ? undefined : override;
      if (secret.kind === 'api-key') return await secrets.obtain(`${secret.path}`, randomSecret);
      const password = await secrets.obtain(`${secret.path.replace(/\/dsn$/, '')}/password`);
      return (await postgres()).dsnOf(secret.role, password).reveal();
    },
  };
}

/** Content of an override file that makes its parameter not exist. */
export const absentParameter = '(absent)';
