import { launchPrefix } from '../../config/names.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { openStore } from '../evidence/stores/open-store.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { platformVariables } from '../task-contracts/launch-environment.ts';
import type { Failure } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import type { JsonObject } from '../vocabulary/json.ts';
import { asRefusal } from './as-refusal.ts';
import { checkDatabaseRequirement } from './check-database.ts';
import { checkParameters } from './check-parameters.ts';
import { checkScratch } from './check-scratch.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkSettings } from './check-settings.ts';
import { checkLaunchIdentity, type Environment } from './launch-identity.ts';
import { recordStart } from './record-start.ts';
import type { Launch } from './task-program.ts';

/** What passed every check; the task begins from this and asks the environment nothing more. */
export type ReadyLaunch = {
  readonly launch: Launch;
  readonly parameters: unknown;
  readonly parametersDigest: Sha256;
  /** SHA-256 of everything that steers the task, secrets by name only. */
  readonly configurationDigest: Sha256;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly evidence: EvidenceStore;
  readonly databaseAuthorities: string | undefined;
  readonly scratch: string;
};

export type BootstrapOutcome =
  | { readonly kind: 'ready'; readonly ready: ReadyLaunch }
  | { readonly kind: 'refused'; readonly refusals: readonly Failure[] };

export type BootstrapEdge = { readonly environment: Environment; readonly now: () => number };

/**
 * Checks every requirement of the contract before anything else happens, and reports all refusals
 * together. The only trace it may leave is this launch's `started.json`, put when and only when
 * nothing else is refused.
 */
export async function bootstrap(
  contract: TaskContract,
  edge: BootstrapEdge,
  signal: AbortSignal,
): Promise<BootstrapOutcome> {
  const { environment } = edge;
  const identity = checkLaunchIdentity(environment, contract, edge.now());
  const environmentName = environment[platformVariables.environment] ?? '';
  const settings = checkSettings(contract, environment, environmentName);
  const secrets = checkSecrets(contract, environment);
  const opened = await openEvidence(environment, identity.launch, signal);
  const [parameters, database, scratch] = await Promise.all([
    checkParameters(contract, environment, opened.store, signal),
    checkDatabaseRequirement(contract, environment, secrets.values),
    checkScratch(environment),
  ]);
  const refusals = [
    ...identity.failures,
    ...(parameters.kind === 'refused' ? parameters.failures : []),
    ...settings.failures,
    ...secrets.failures,
    ...opened.failures,
    ...database.failures,
    ...scratch.failures,
  ];
  if (
    refusals.length > 0 ||
    identity.launch === undefined ||
    opened.store === undefined ||
    parameters.kind === 'refused'
  ) {
    return { kind: 'refused', refusals };
  }
  const ready: ReadyLaunch = {
    launch: identity.launch,
    parameters: parameters.value,
    parametersDigest: parameters.sha256,
    configurationDigest: digestConfiguration(contract, identity.launch, settings.values, parameters.sha256),
    settings: settings.values,
    secrets: secrets.values,
    evidence: opened.store,
    databaseAuthorities: database.authorities,
    scratch: scratch.folder,
  };
  const started = await recordStart(contract, ready, edge.now(), signal);
  return started === undefined ? { kind: 'ready', ready } : { kind: 'refused', refusals: [started] };
}

function digestConfiguration(
  contract: TaskContract,
  launch: Launch,
  settings: Readonly<Record<string, string>>,
  parametersDigest: Sha256,
): Sha256 {
  const secrets: JsonObject = Object.fromEntries(
    Object.entries(contract.secrets).map(([name, { path }]) => [name, path]),
  );
  return sha256Of(
    canonicalBytes({
      task: contract.name,
      environment: launch.environment,
      image_digest: launch.imageDigest,
      parameters_sha256: parametersDigest,
      settings,
      secrets,
    }),
  );
}

type StoreCheck = { readonly store: EvidenceStore | undefined; readonly failures: readonly Failure[] };

/**
 * Opens the store and proves that it answers, without writing: reading a key that need not exist, where a task
 * may read.
 */
async function openEvidence(
  environment: Environment,
  launch: Launch | undefined,
  signal: AbortSignal,
): Promise<StoreCheck> {
  const url = environment[platformVariables.evidenceStore] ?? '';
  if (url.trim() === '') {
    return {
      store: undefined,
      failures: [
        {
          exit: 'refused',
          code: 'EVIDENCE_STORE_MISSING',
          message: `${platformVariables.evidenceStore} is missing or blank`,
          where: platformVariables.evidenceStore,
          remedy: 'Deploy the environment again: its task definitions name the evidence store.',
        },
      ],
    };
  }
  try {
    const store = openStore(url);
    if (launch !== undefined) {
      await store.get(`${launchPrefix(launch.environment, launch.launchKey)}started.json`, signal);
    }
    return { store, failures: [] };
  } catch (error) {
    return { store: undefined, failures: [asRefusal(error, platformVariables.evidenceStore)] };
  }
}
