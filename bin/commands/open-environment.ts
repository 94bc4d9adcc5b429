import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud } from '../../lib/local-cloud/control.ts';
import { homeAt } from '../../lib/local-cloud/home.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import type { CommandContext } from './command-context.ts';
import { environmentsFolder, requireKnownEnvironment } from './environment-names.ts';

/** Folder of the local environment's state: `FRAUD_PLATFORM_HOME`, or `.fraud-platform` in the project. */
export function localHome(): string {
  const chosen = process.env.FRAUD_PLATFORM_HOME;
  return resolve(
    chosen === undefined || chosen === ''
      ? new URL('../../.fraud-platform', import.meta.url).pathname
      : chosen,
  );
}

/** An environment as `config/environments` has it. Throws `ENVIRONMENT_UNKNOWN` (64) and `ENVIRONMENT_MALFORMED` (78). */
export async function readEnvironment(name: string): Promise<EnvironmentSettings> {
  await requireKnownEnvironment(name);
  const file = `${name}.yaml`;
  const { parseEnvironment } = await import('../../lib/stacks/environment/load-environment.ts');
  return parseEnvironment(
    await readFile(join(environmentsFolder, file), 'utf8'),
    `config/environments/${file}`,
  );
}

/** The environment of `--env`: the local one, its cloud started if need be, or one in AWS, which is there or not. */
export async function openNamedEnvironment(
  context: CommandContext,
  migrated: boolean,
): Promise<OperatorEnvironment> {
  const name = context.environmentName;
  if (name === localEnvironment) return await openLocalEnvironment(context, migrated);
  const { account, region } = await readEnvironment(name);
  const { openAwsEnvironment } = await import('../../lib/operator/open-aws-environment.ts');
  return await openAwsEnvironment(
    { name, account, region },
    join(localHome(), 'mirrors', name),
    context.signal,
  );
}

/** The local environment, its cloud started if need be. */
async function openLocalEnvironment(
  context: CommandContext,
  migrated: boolean,
): Promise<OperatorEnvironment> {
  const home = localHome();
  const cloud = await ensureLocalCloud(home, { progress: context.output.progress });
  const clients = connectCloud({
    region: localRegion,
    loopback: { endpoint: `http://127.0.0.1:${cloud.port}`, accessKey: cloud.accessKey },
  });
  const environment: OperatorEnvironment = {
    name: localEnvironment,
    account: localAccount,
    region: localRegion,
    clients,
    evidence: createFolderStore(homeAt(home).evidence),
    mirror: createFolderStore(homeAt(home).mirror),
  };
  if (migrated) {
    const { prepareDatabase } = await import('./prepare-database.ts');
    await prepareDatabase(context, environment, home);
  }
  return environment;
}
