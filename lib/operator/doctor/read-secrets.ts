import {
  DescribeParametersCommand,
  GetParametersCommand,
  type Parameter,
  type ParameterMetadata,
} from '@aws-sdk/client-ssm';
import { type EnvironmentName, secretParameterName } from '../../../config/names.ts';
import { parseDsn } from '../../database/dsn.ts';
import { containerContracts } from '../../task-contracts/catalogue.ts';
import type { SecretRequirement } from '../../task-contracts/define-task.ts';
import { cloudErrorKind } from '../../vocabulary/cloud-error.ts';
import { isPlatformError } from '../../vocabulary/failure.ts';
import { isPlaceholder } from '../../vocabulary/placeholder.ts';
import type { AccountClients } from './account-clients.ts';
import type { SecretFact, SecretValue } from './facts.ts';

/** GetParameters takes this many. */
const batch = 10;

/** What can be said of a secret's value; the value itself goes no further than this. Pure. */
export function valueOfSecret(requirements: readonly SecretRequirement[], value: string): SecretValue {
  if (value.trim() === '') return 'blank';
  if (isPlaceholder(value)) return 'placeholder';
  const sound = requirements.every((requirement) => {
    if (requirement.kind === 'api-key') return value.length >= requirement.minimumLength;
    try {
      return parseDsn(value, requirement.path).user === requirement.role;
    } catch (error) {
      if (isPlatformError(error)) return false;
      throw error;
    }
  });
  return sound ? 'sound' : 'malformed';
}

/**
 * Every secret by name: whether it is there, who wrote it last, and what can be said of its value where this
 * user may read it. Never returns a value. `metadata: false` for a cloud that has none.
 */
export async function readSecrets(
  { ssm }: Pick<AccountClients, 'ssm'>,
  environment: EnvironmentName,
  names: readonly string[],
  { metadata }: { readonly metadata: boolean },
  signal: AbortSignal,
): Promise<readonly SecretFact[]> {
  const described = metadata ? await describe(ssm, names, signal) : new Map<string, ParameterMetadata>();
  const facts: SecretFact[] = [];
  for (let first = 0; first < names.length; first += batch) {
    const some = names.slice(first, first + batch);
    const found = await get(ssm, some, signal);
    for (const name of some) {
      const parameter = found.parameters.get(name);
      const about = described.get(name);
      facts.push({
        name,
        parameter:
          parameter === undefined
            ? undefined
            : {
                version: parameter.Version ?? 0,
                type: parameter.Type ?? 'parameter',
                value: found.decrypted
                  ? valueOfSecret(requirementsOf(environment, name), parameter.Value ?? '')
                  : 'closed',
                writtenAt: (about?.LastModifiedDate ?? parameter.LastModifiedDate)?.getTime(),
                writtenBy: about?.LastModifiedUser,
                description: about?.Description,
              },
      });
    }
  }
  return facts;
}

function requirementsOf(environment: EnvironmentName, name: string): readonly SecretRequirement[] {
  return containerContracts
    .flatMap(({ secrets }) => Object.values(secrets))
    .filter(({ path }) => secretParameterName(environment, path) === name);
}

/** The key of an AWS environment refuses to decrypt for an operator; then names and versions are read alone. */
async function get(
  ssm: AccountClients['ssm'],
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly decrypted: boolean; readonly parameters: ReadonlyMap<string, Parameter> }> {
  const ask = async (decrypted: boolean) => {
    const { Parameters } = await ssm.send(
      new GetParametersCommand({ Names: [...names], WithDecryption: decrypted }),
      { abortSignal: signal },
    );
    return {
      decrypted,
      parameters: new Map((Parameters ?? []).map((parameter) => [parameter.Name ?? '', parameter])),
    };
  };
  try {
    return await ask(true);
  } catch (error) {
    if (cloudErrorKind(error) !== 'denied') throw error;
    return await ask(false);
  }
}

async function describe(
  ssm: AccountClients['ssm'],
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ParameterMetadata>> {
  const found = new Map<string, ParameterMetadata>();
  // A filter by name takes fifty.
  for (let first = 0; first < names.length; first += 50) {
    let token: string | undefined;
    do {
      const page = await ssm.send(
        new DescribeParametersCommand({
          ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: names.slice(first, first + 50) }],
          MaxResults: 50,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
        { abortSignal: signal },
      );
      for (const parameter of page.Parameters ?? []) found.set(parameter.Name ?? '', parameter);
      token = page.NextToken;
    } while (token !== undefined);
  }
  return found;
}
