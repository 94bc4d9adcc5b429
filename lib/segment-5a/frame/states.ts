import type { SegmentRunId, Sha256 } from '../../vocabulary/identifiers.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import type { ManifestFingerprint, ParameterHash, ScenarioId } from '../identity.ts';
import type { Policies } from '../policies/load-policies.ts';
import type { World } from '../s0/open-world.ts';
import type { Phases } from './phases.ts';
import type { Publication } from './publish-outputs.ts';

export const stateNames = ['S0', 'S1', 'S2', 'S3', 'S4', 'S5'] as const;
export type StateName = (typeof stateNames)[number];

/**
 * Version of each state's laws and outputs; S5 holds the majors together by spec_compatibility.yaml.
 * A receipt carries it, so that no row has to.
 */
export const specVersions: Readonly<Record<StateName, string>> = {
  S0: '1.0.0',
  S1: '1.0.0',
  S2: '1.0.0',
  S3: '1.0.0',
  S4: '1.0.0',
  S5: '1.1.0',
};

/** What a run is: where its folder is, and which inputs it is bound to. */
export type RunIdentity = {
  readonly runId: SegmentRunId;
  readonly manifestFingerprint: ManifestFingerprint;
  readonly parameterHash: ParameterHash;
  /** Its scenarios, ascending, where they are not all of the world. */
  readonly scenarioIds?: readonly ScenarioId[];
};

/** What a state gets. */
export type StateContext = {
  readonly state: StateName;
  readonly run: RunIdentity;
  /** Absolute path of `<runs root>/<run id>`. */
  readonly runFolder: string;
  /** An empty folder of this state's own, on the file system of the run folder; removed afterwards. */
  readonly scratch: string;
  readonly world: World;
  readonly policies: Policies;
  /** Digest of the image that this runs in. */
  readonly imageDigest: string;
  readonly phases: Phases;
  readonly signal: AbortSignal;
};

/** Which part of the work of a run is asked for; S0 … S3 and S5 always do all of it. */
export type StateWork = {
  readonly scenarioIds: readonly ScenarioId[];
  /** Merchant buckets, ascending. */
  readonly buckets: readonly number[];
};

/** Something that is worth a look and no error. */
export type StateWarning = { readonly code: string; readonly message: string; readonly detail: JsonObject };

export type StateOutcome = {
  /** Row counts and the like, under the names of the reference. */
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: JsonObject;
  readonly warnings: readonly StateWarning[];
  /** Receipts that were committed, or found. */
  readonly publications: readonly Publication[];
  /** Digest of a sealed bundle, where the state makes one. */
  readonly bundleDigest?: Sha256;
};

/** `identical` only when everything that the state puts out was there already. */
export function publicationOf({ publications }: StateOutcome): Publication['kind'] {
  const identical = publications.length > 0 && publications.every(({ kind }) => kind === 'identical');
  return identical ? 'identical' : 'published';
}

export type StateProgram = (context: StateContext, work: StateWork) => Promise<StateOutcome>;
