import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localEnvironment } from '../../config/names.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud } from '../../lib/local-cloud/control.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';

/** Folder of the local environment's state: `FRAUD_PLATFORM_HOME`, or `.fraud-platform` in the project. */
export function localHome(): string {
  const chosen = process.env.FRAUD_PLATFORM_HOME;
  return resolve(
    chosen === undefined || chosen === ''
      ? new URL('../../.fraud-platform', import.meta.url).pathname
      : chosen,
  );
}

/** Where the files of environments are. */
const environmentsFolder = fileURLToPath(new URL('../../config/environments/', import.meta.url));

/** An environment as `config/environments` has it. Throws `ENVIRONMENT_UNKNOWN` (64) and `ENVIRONMENT_MALFORMED` (78). */
export async function readEnvironment(name: string): Promise<EnvironmentSettings> {
  const file = `${name}.yaml`;
  const known = (await readdir(environmentsFolder)).filter((one) => one.endsWith('.yaml')).sort();
  if (!known.includes(file)) {
    return fail({
      exit: 'usage',
      code: 'ENVIRONMENT_UNKNOWN',
      message: 'there is no environment of this name',
      where: '--env',
      value: name,
      remedy: `Use --env ${[localEnvironment, ...known.map((one) => one.replace(/\.yaml$/, ''))].join(', or ')}.`,
    });
  }
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
    evidence: createFolderStore(`${home}/evidence`),
    mirror: createFolderStore(`${home}/mirror`),
  };
  if (migrated) {
    const { prepareDatabase } = await import('./prepare-database.ts');
    await prepareDatabase(context, environment, home);
  }
  return environment;
}
