import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud, localCloudStatus } from '../../lib/local-cloud/control.ts';
import { homeAt } from '../../lib/local-cloud/home.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { filesOpenToOthers } from '../../lib/local-cloud/secret-files.ts';
import { connectAccount } from '../../lib/operator/doctor/account-clients.ts';
import {
  examineEnvironment,
  examineForDeploy,
  examineForTeardown,
} from '../../lib/operator/doctor/examine-account.ts';
import { examineLocal } from '../../lib/operator/doctor/examine-local.ts';
import { exitOfFindings, type Finding } from '../../lib/operator/doctor/finding.ts';
import { neededQuotas } from '../../lib/operator/doctor/needed-quotas.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { localHome, readEnvironment } from './open-environment.ts';
import { requireAws } from './require-aws.ts';

export type DoctorOptions = { readonly deploy?: boolean; readonly teardown?: boolean };

/** What is about to happen: a run, a deploy, or the end of the environment. */
type Occasion = 'run' | 'deploy' | 'teardown';

const examinations = {
  run: examineEnvironment,
  deploy: examineForDeploy,
  teardown: examineForTeardown,
} as const;

/**
 * `fraudctl doctor`: everything that a run will need, looked at before it costs anything. Exit of the worst
 * line: 0, 78 for a fault, 77 where this user may not look, 75 for what is busy or could not be asked.
 */
export async function doctor(
  context: CommandContext,
  { deploy = false, teardown = false }: DoctorOptions,
): Promise<number> {
  const occasion: Occasion = teardown ? 'teardown' : deploy ? 'deploy' : 'run';
  const findings =
    context.environmentName === localEnvironment
      ? await examineHere(context, occasion)
      : await examineThere(context, occasion);
  const exitCode = exitOfFindings(findings);
  context.output.result(renderFindings(findings), {
    schema: 'fraudctl/doctor/v1',
    environment: context.environmentName,
    before: occasion,
    ok: exitCode === 0,
    findings: findings.map((finding) => ({ ...finding })),
  });
  return exitCode;
}

/** A table of all lines, and below it each remedy with the lines that it is for. Pure. */
export function renderFindings(findings: readonly Finding[]): string {
  const table = renderTable(
    ['check', 'state', 'found'],
    findings.map(({ check, state, found }) => [check, state, found]),
  );
  const remedies = Map.groupBy(
    findings.filter(({ remedy }) => remedy !== null),
    ({ remedy }) => remedy,
  );
  return [
    table,
    ...[...remedies].map(
      ([remedy, lines]) => `next   ${lines.map(({ check }) => check).join(', ')}: ${remedy}`,
    ),
  ].join('\n');
}

async function examineThere(context: CommandContext, occasion: Occasion): Promise<readonly Finding[]> {
  const settings = await readEnvironment(context.environmentName);
  const clients = connectAccount({ region: settings.region });
  try {
    return await examinations[occasion]({
      settings,
      clients,
      openEvidence: async () => (await context.openEnvironment()).evidence,
      needed: await neededQuotas(),
      signal: context.signal,
      progress: (check) => context.output.progress(`looking at ${check}`),
    });
  } finally {
    clients.close();
  }
}

async function examineHere(context: CommandContext, occasion: Occasion): Promise<readonly Finding[]> {
  if (occasion !== 'run') {
    requireAws(context, `doctor --${occasion}`, 'Name an environment of config/environments: --env <name>.');
  }
  const home = homeAt(localHome());
  const status = await localCloudStatus(home.root);
  const close: (() => void)[] = [];
  try {
    return await examineLocal({
      cloud:
        status === undefined
          ? undefined
          : { state: status.state, pid: status.pid, port: status.port, postgresPort: status.postgres?.port },
      home: async () => {
        const { bavail, bsize } = await statfs(await nearestFolder(home.root));
        return { openSecrets: await filesOpenToOthers(home.secrets), freeBytes: bavail * bsize };
      },
      evidence: createFolderStore(home.evidence),
      connect: async () => {
        const { port, accessKey } = await ensureLocalCloud(home.root);
        const clients = connectAccount({
          region: localRegion,
          loopback: { endpoint: `http://127.0.0.1:${port}`, accessKey },
        });
        close.push(clients.close);
        return clients;
      },
      account: localAccount,
      region: localRegion,
      signal: context.signal,
    });
  } finally {
    for (const end of close) end();
  }
}

/** The folder itself, or the one above it that is there. */
async function nearestFolder(folder: string): Promise<string> {
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  return exists ? folder : await nearestFolder(join(folder, '..'));
}
