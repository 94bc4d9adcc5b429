import { localEnvironment } from '../../../config/names.ts';
import type { EvidenceStore } from '../../evidence/stores/evidence-store.ts';
import type { AccountClients } from './account-clients.ts';
import { expectedNames } from './expected-names.ts';
import type { LocalCloudFact, LocalHomeFact } from './facts.ts';
import { type Finding, findingOf, type Reading } from './finding.ts';
import { judgeSchema, judgeStateMachines, judgeWriteProbe } from './judge-deployment.ts';
import { judgeDefinitions } from './judge-image.ts';
import { judgeLocalCloud, judgeLocalDatabase, judgeLocalHome } from './judge-local.ts';
import { judgeLocalSecrets } from './judge-secrets.ts';
import { readDefinitions, readStateMachines } from './read-deployment.ts';
import { probeWriting, readMigration } from './read-evidence.ts';
import { readSecrets } from './read-secrets.ts';
import { readingAfter, readingOf } from './reading.ts';

export type LocalExamination = {
  readonly cloud: LocalCloudFact;
  readonly home: () => Promise<LocalHomeFact>;
  readonly evidence: EvidenceStore;
  /** Clients of the cloud's wire; asked only when the cloud runs. */
  readonly connect: () => Promise<Pick<AccountClients, 'ecs' | 'ssm' | 'stepFunctions'>>;
  readonly account: string;
  readonly region: string;
  readonly signal: AbortSignal;
};

const deployed = {
  ownRoles: false,
  remedy: 'Start it again with this version: fraudctl local down, fraudctl local up.',
};

/** Every look at the local environment. Starts nothing: what a cloud that is down cannot say is unknown. */
export async function examineLocal(examination: LocalExamination): Promise<readonly Finding[]> {
  const { cloud, evidence, account, region, signal } = examination;
  const names = expectedNames(localEnvironment);
  const clients: Reading<Pick<AccountClients, 'ecs' | 'ssm' | 'stepFunctions'>> =
    cloud?.state === 'ready'
      ? await readingOf(examination.connect, signal)
      : {
          kind: 'unread',
          denied: false,
          why: 'the local cloud does not run',
          remedy: 'Start it: fraudctl local up',
        };
  const definitions = await readingAfter(
    clients,
    (wire) => readDefinitions(wire, names.families, signal),
    signal,
  );
  const machines = await readingAfter(
    clients,
    (wire) =>
      readStateMachines(wire, `arn:aws:states:${region}:${account}:stateMachine:`, names.machines, signal),
    signal,
  );
  const secrets = await readingAfter(
    clients,
    (wire) => readSecrets(wire, localEnvironment, names.secrets, { metadata: false }, signal),
    signal,
  );
  const home = await readingOf(examination.home, signal);
  const migration = await readingAfter(
    clients,
    () => readMigration(evidence, localEnvironment, signal),
    signal,
  );
  const probe = await readingAfter(clients, () => probeWriting(evidence, localEnvironment, signal), signal);
  return [
    findingOf('cloud', { kind: 'read', fact: cloud }, judgeLocalCloud),
    findingOf('home', home, judgeLocalHome),
    findingOf('database', { kind: 'read', fact: cloud }, judgeLocalDatabase),
    findingOf('task definitions', definitions, (fact) => judgeDefinitions(localEnvironment, fact, deployed)),
    findingOf('state machines', machines, (fact) => judgeStateMachines(localEnvironment, fact, deployed)),
    findingOf('secrets', secrets, judgeLocalSecrets),
    findingOf('schema', migration, (fact) => judgeSchema(localEnvironment, fact, [])),
    findingOf('evidence', probe, (fact) => judgeWriteProbe(evidence.url, fact)),
  ];
}
