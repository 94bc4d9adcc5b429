import { resolve } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud } from '../../lib/local-cloud/control.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
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

/** Refuses an environment that this clone has no file for (64). */
export function refuseUnknownEnvironment(name: string): never {
  return fail({
    exit: 'usage',
    code: 'ENVIRONMENT_UNKNOWN',
    message: 'there is no environment of this name',
    where: '--env',
    value: name,
    remedy: `Use --env ${localEnvironment}.`,
  });
}

/** The local environment, its cloud started if need be. */
export async function openLocalEnvironment(
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
