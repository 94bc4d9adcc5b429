import { readFile } from 'node:fs/promises';
import type { ContainerRequirements } from '../task-contracts/define-task.ts';
import { platformVariables } from '../task-contracts/launch-environment.ts';
import type { Failure } from '../vocabulary/failure.ts';
import { asRefusal } from './as-refusal.ts';
import type { Environment } from './launch-identity.ts';

type DatabaseCheck = { readonly authorities: string | undefined; readonly failures: readonly Failure[] };

/** The DSNs of the contract are well formed, and its own one connects as the right role to the right schema. */
export async function checkDatabaseRequirement(
  contract: ContainerRequirements,
  environment: Environment,
  secrets: Readonly<Record<string, string>>,
): Promise<DatabaseCheck> {
  const failures: Failure[] = [];
  const { parseDsn } = await import('../database/dsn.ts');
  for (const [name, requirement] of Object.entries(contract.secrets)) {
    const value = secrets[name];
    if (value === undefined || requirement.kind === 'api-key') continue;
    try {
      parseDsn(value, name);
    } catch (error) {
      failures.push(asRefusal(error, name));
    }
  }
  if (contract.database === undefined) return { authorities: undefined, failures };
  const path = environment[platformVariables.databaseAuthorities] ?? '';
  let authorities: string | undefined;
  try {
    authorities = await readFile(path, 'utf8');
  } catch {
    failures.push({
      exit: 'refused',
      code: 'DATABASE_AUTHORITIES_UNREADABLE',
      message: 'the certificate authorities of the database cannot be read',
      where: platformVariables.databaseAuthorities,
      value: path,
      remedy: 'Deploy the environment again; the image carries the file and the task definition names it.',
    });
  }
  const secretName = contract.database.secret;
  const dsnText = secrets[secretName];
  const requirement = contract.secrets[secretName];
  if (authorities === undefined || dsnText === undefined || requirement?.kind !== 'database-dsn') {
    return { authorities, failures };
  }
  if (failures.some(({ where }) => where === secretName)) return { authorities, failures };
  const { checkDatabase } = await import('../database/identity-checks.ts');
  const found = await checkDatabase(parseDsn(dsnText, secretName), authorities, {
    role: requirement.role,
    schema: contract.database.schema,
  });
  return {
    authorities,
    failures: [...failures, ...found.map((failure) => ({ ...failure, exit: 'refused' as const }))],
  };
}
