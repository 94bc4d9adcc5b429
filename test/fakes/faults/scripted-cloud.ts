import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clusterName, localEnvironment } from '../../../config/names.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { type ComposedCloud, composeCloud } from '../../../lib/local-cloud/compose-cloud.ts';
import { type Home, homeAt, prepareHome } from '../../../lib/local-cloud/home.ts';
import { localAccount, localRegion } from '../../../lib/local-cloud/local-identity.ts';
import { serviceContracts, taskContracts } from '../../../lib/task-contracts/catalogue.ts';
import type { ServiceContract, TaskContract } from '../../../lib/task-contracts/define-task.ts';
import { renderTaskDefinition } from '../../../lib/task-contracts/task-definition.ts';
import { workflows } from '../../../lib/workflows/catalogue.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { interfereBy } from './interfere.ts';
import { scriptedAgents } from './scripted-agent.ts';
import { scriptedOutput } from './scripted-output.ts';
import { noSeams, type Seams } from './seams.ts';
import { Truth } from './truth.ts';

export const scriptedAccessKey = 'scripted-cloud-access-key';

const placement = {
  clusterArn: `arn:aws:ecs:${localRegion}:${localAccount}:cluster/${clusterName(localEnvironment)}`,
  subnets: ['subnet-local'],
  securityGroups: ['sg-local'],
  assignPublicIp: 'DISABLED' as const,
};

export type ScriptedCloud = ComposedCloud & {
  readonly home: Home;
  readonly truth: Truth;
  /** What it complained about. */
  readonly complaints: readonly string[];
};

/**
 * A whole cloud in this process, over a folder of its own: the local cloud's wire, interpreter, journal, task
 * registry, recorder and stores, with a schedule's faults inside and tasks that do what the schedule says.
 * Real is everything that the product's verdict comes from: state machines, launch keys, bootstrap, started
 * and result objects, marker lines, records. Not real: processes, the database, secrets, and the work itself.
 */
export async function startScriptedCloud(
  folder: string,
  schedule: FaultSchedule,
  seams: Seams = noSeams,
): Promise<ScriptedCloud> {
  const home = homeAt(folder);
  await prepareHome(home);
  const truth = new Truth();
  const complaints: string[] = [];
  const contracts = new Map(taskContracts.map((contract) => [contract.name, bareTask(contract)]));
  const cloud = await composeCloud({
    home,
    identity: { environment: localEnvironment, region: localRegion, account: localAccount },
    evidence: createFolderStore(home.evidence),
    accessKey: scriptedAccessKey,
    parameters: { read: async () => undefined, names: () => [], arnOf: (name) => name },
    renderDefinitions: () =>
      [...contracts.values(), ...serviceContracts.map(bareService)].map((contract) =>
        renderTaskDefinition(contract, {
          environment: localEnvironment,
          account: localAccount,
          region: localRegion,
          image: 'local',
          imageDigest: 'local',
          evidenceStore: `${pathToFileURL(home.evidence).href}/`,
          databaseAuthorities: '',
          scratch: join(home.tasks, 'work'),
          settings: {},
        }),
      ),
    entryPoint: [],
    startAgent: scriptedAgents({
      schedule,
      truth,
      contractOf: (task) => contracts.get(task),
      outputOf: scriptedOutput,
    }),
    machines: Object.fromEntries(
      Object.entries(workflows).map(([name, define]) => [name, seams.machine(define(placement))]),
    ),
    interference: seams.platform(interfereBy(() => schedule)),
    sweepMillis: seams.sweepMillis,
    complain: (line) => complaints.push(line),
  });
  return { ...cloud, home, truth, complaints };
}

/** A task without what the scripted cloud does not have: settings, secrets and a database. */
function bareTask({ database: _, ...contract }: TaskContract): TaskContract {
  return { ...contract, settings: {}, secrets: {} };
}

function bareService({ database: _, ...contract }: ServiceContract): ServiceContract {
  return { ...contract, settings: {}, secrets: {} };
}
