import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { settingValues } from '../../config/names.ts';
import { canonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import type { ServiceContract, TaskContract } from '../../lib/task-contracts/define-task.ts';
import { renderTaskDefinition } from '../../lib/task-contracts/task-definition.ts';
import type { JsonValue } from '../../lib/vocabulary/json.ts';
import type { TestEnvironment } from './local-environment.ts';
import { readParameters } from './read-parameters.ts';

export const sampleExecution = 'matrix_20260221T020923Z';

/**
 * The variables that a launch of a contract gets in a test environment: rendered from the contract,
 * with real secrets fetched over the wire, and a launch identity of its own.
 */
export async function launchVariablesOf(
  environment: TestEnvironment,
  contract: TaskContract | ServiceContract,
  launch: {
    readonly parameters: JsonValue;
    readonly number: number;
    readonly scratch: string;
    readonly deadline?: Date;
  },
): Promise<Record<string, string>> {
  const definition = renderTaskDefinition(contract, {
    environment: 'local',
    account: localAccount,
    region: localRegion,
    image: 'local',
    imageDigest: 'local',
    evidenceStore: `${pathToFileURL(join(environment.home, 'evidence')).href}/`,
    databaseAuthorities: join(environment.home, 'postgres', 'authority.pem'),
    scratch: launch.scratch,
    settings: settingValues('local', { adHocQueries: true }),
  });
  const [container] = definition.containerDefinitions;
  const variables: Record<string, string> = {};
  for (const { name, value } of container.environment) variables[name] = value;
  const values = await readParameters(
    environment.home,
    container.secrets.map(({ valueFrom }) => valueFrom),
  );
  for (const [index, { name }] of container.secrets.entries()) variables[name] = values[index] ?? '';
  await readFile(join(environment.home, 'postgres', 'authority.pem'));
  return {
    ...variables,
    EXECUTION_ID: sampleExecution,
    LAUNCH_KEY: `${sampleExecution}/Run/${launch.number}`,
    LAUNCHED_FOR: 'local',
    RUN_ID: 'platform_20260221T020923Z',
    DEADLINE: (launch.deadline ?? new Date(Date.now() + 60_000)).toISOString(),
    PARAMETERS: canonicalJson(launch.parameters),
    PARAMETERS_KEY: '',
    PARAMETERS_SHA256: '',
  };
}
