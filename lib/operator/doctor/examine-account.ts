import type { EvidenceStore } from '../../evidence/stores/evidence-store.ts';
import type { EnvironmentSettings } from '../../stacks/environment/environment-settings.ts';
import { readLiveWork } from '../live-work.ts';
import type { AccountClients } from './account-clients.ts';
import { expectedNames } from './expected-names.ts';
import type { QuotaFact } from './facts.ts';
import { type Finding, findingOf, type Reading } from './finding.ts';
import { judgeBudget, judgeIdentity, judgeQuotas, judgeRegion } from './judge-account.ts';
import {
  judgeDatabase,
  judgeLiveWork,
  judgeLogGroups,
  judgeRoles,
  judgeSchema,
  judgeStateMachines,
  judgeWriteProbe,
} from './judge-deployment.ts';
import { judgeDefinitions, judgeDeployableImage, judgeImage, wantedDigests } from './judge-image.ts';
import { judgeSecrets } from './judge-secrets.ts';
import { readBudget, readCluster, readIdentity, readQuotas, readRoles } from './read-account.ts';
import {
  readDatabase,
  readDefinitions,
  readLogGroups,
  readRegistry,
  readStateMachines,
} from './read-deployment.ts';
import { probeWriting, readMigration } from './read-evidence.ts';
import { readSecrets } from './read-secrets.ts';
import { bothRead, readingAfter, readingOf } from './reading.ts';

export type Examination = {
  readonly settings: EnvironmentSettings;
  readonly clients: AccountClients;
  /** Opens the environment's evidence store; what it throws is what the lines about evidence say. */
  readonly openEvidence: () => Promise<EvidenceStore>;
  /** What the largest burst needs at once. */
  readonly needed: QuotaFact;
  readonly signal: AbortSignal;
  /** Told the name of each look before it is taken. */
  readonly progress: (check: string) => void;
};

/**
 * Every look at a deployed environment, in the order in which faults should be mended. A look that fails keeps
 * no other from being taken; nothing is changed but the write probe, which is put once.
 */
export async function examineEnvironment(examination: Examination): Promise<readonly Finding[]> {
  const { settings, clients, signal, progress } = examination;
  const { name, region } = settings;
  const names = expectedNames(name);
  const deployed = { ownRoles: true, remedy: `Deploy it: npm run deploy -- --env ${name}` };
  const take = async <Fact>(check: string, read: () => Promise<Fact>): Promise<Reading<Fact>> => {
    progress(check);
    return await readingOf(read, signal);
  };
  const identity = await take('identity', () => readIdentity(clients, signal));
  const cluster = await take('region', () => readCluster(clients, name, signal));
  const quotas = await take('quotas', () => readQuotas(clients, signal));
  const definitions = await take('task definitions', () => readDefinitions(clients, names.families, signal));
  const registry = await readingAfter(
    definitions,
    (tasks) => readRegistry(clients, name, wantedDigests(settings, tasks), signal),
    signal,
  );
  const roles = await take('roles', () => readRoles(clients, names.roles, signal));
  const secrets = await take('secrets', () =>
    readSecrets(clients, name, names.secrets, { metadata: true }, signal),
  );
  const logGroups = await take('log groups', () => readLogGroups(clients, names.logGroups, signal));
  const machines = await readingAfter(
    identity,
    ({ account }) =>
      readStateMachines(clients, `arn:aws:states:${region}:${account}:stateMachine:`, names.machines, signal),
    signal,
  );
  const database = await take('database', () => readDatabase(clients, name, signal));
  const store = await take('evidence', examination.openEvidence);
  const migration = await readingAfter(store, (open) => readMigration(open, name, signal), signal);
  const probe = await readingAfter(store, (open) => probeWriting(open, name, signal), signal);
  const budget = await readingAfter(
    identity,
    ({ account }) => readBudget(clients, account, name, signal),
    signal,
  );
  return [
    findingOf('identity', identity, (fact) => judgeIdentity(settings, fact)),
    findingOf('region', cluster, (fact) => judgeRegion(settings, fact)),
    findingOf('quotas', quotas, (fact) => judgeQuotas(examination.needed, fact)),
    findingOf('image', bothRead(definitions, registry), ([tasks, images]) =>
      judgeImage(settings, tasks, images),
    ),
    findingOf('task definitions', definitions, (fact) => judgeDefinitions(name, fact, deployed)),
    findingOf('roles', roles, (fact) => judgeRoles(name, fact)),
    findingOf('secrets', secrets, (fact) => judgeSecrets(settings, fact)),
    findingOf('log groups', logGroups, (fact) => judgeLogGroups(settings, fact)),
    findingOf('state machines', machines, (fact) => judgeStateMachines(name, fact, deployed)),
    findingOf('database', database, (fact) => judgeDatabase(name, fact)),
    findingOf('schema', bothRead(migration, secrets), ([done, drawn]) => judgeSchema(name, done, drawn)),
    findingOf('evidence', bothRead(store, probe), ([{ url }, fact]) => judgeWriteProbe(url, fact)),
    findingOf('budget', budget, (fact) => judgeBudget(settings, fact)),
  ];
}

/**
 * The looks before a deploy: may it be done, with this image, now? What is not deployed yet is no fault of a
 * first deploy.
 */
export async function examineForDeploy(examination: Examination): Promise<readonly Finding[]> {
  const { settings, clients, signal, progress } = examination;
  const { name, region } = settings;
  const take = async <Fact>(check: string, read: () => Promise<Fact>): Promise<Reading<Fact>> => {
    progress(check);
    return await readingOf(read, signal);
  };
  const identity = await take('identity', () => readIdentity(clients, signal));
  const quotas = await take('quotas', () => readQuotas(clients, signal));
  const registry = await take('image', () =>
    readRegistry(clients, name, wantedDigests(settings, []), signal),
  );
  const running = await readingAfter(
    identity,
    ({ account }) => readLiveWork(clients, { environment: name, account, region }, signal),
    signal,
  );
  return [
    findingOf('identity', identity, (fact) => judgeIdentity(settings, fact)),
    findingOf('quotas', quotas, (fact) => judgeQuotas(examination.needed, fact)),
    findingOf('image', registry, (fact) => judgeDeployableImage(settings, fact)),
    findingOf('running', running, judgeLiveWork),
  ];
}

/** The looks before a teardown: whose account is it, and does anything run? */
export async function examineForTeardown({
  settings,
  clients,
  signal,
}: Examination): Promise<readonly Finding[]> {
  const { name, region } = settings;
  const identity = await readingOf(() => readIdentity(clients, signal), signal);
  const running = await readingAfter(
    identity,
    ({ account }) => readLiveWork(clients, { environment: name, account, region }, signal),
    signal,
  );
  return [
    findingOf('identity', identity, (fact) => judgeIdentity(settings, fact)),
    findingOf('running', running, judgeLiveWork),
  ];
}
