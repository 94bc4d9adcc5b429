import { fail } from '../../vocabulary/failure.ts';
import type { SegmentRunId } from '../../vocabulary/identifiers.ts';
import type { ScenarioId } from '../identity.ts';
import { bucketsOfPartition, merchantBuckets } from '../laws/merchant-bucket.ts';
import { scenariosNamed } from '../s0/world-scenarios.ts';
import type { SegmentReport } from './phases.ts';
import type { RunKeeper } from './run-keeper.ts';
import { type StateName, type StateProgram, type StateWork, stateNames } from './states.ts';

export type SegmentRequest = {
  /** Run in their order S0 … S5, whatever the order given. */
  readonly states: readonly StateName[];
  /** Absolute path; there is no default. */
  readonly runsRoot: string;
  /** Folder of a sealed world. */
  readonly world: string;
  /** Folder of the policies. */
  readonly policies: string;
  /** Scenarios that the run has, and no others; without any, all of the world. */
  readonly runScenarioIds: readonly string[];
  /** Those that S4 does here; without any, all of the run. */
  readonly scenarioIds: readonly string[];
  /** Which part of the merchants S4 does here: `index` of `count`. */
  readonly partition: { readonly index: number; readonly count: number };
  /** A staged candidate; without it, the run of this world, these policies and these scenarios. */
  readonly runId?: SegmentRunId;
  /** Digest of the image that this runs in, `local` where there is none; goes into S5's statement. */
  readonly imageDigest: string;
  /** Where the run is kept when its folder goes with this task. */
  readonly keeper?: RunKeeper;
  readonly signal: AbortSignal;
  readonly report: SegmentReport;
  /** The programs, loaded when their turn comes. */
  readonly programs: Readonly<Record<StateName, () => Promise<StateProgram>>>;
};

/** The states asked for, in their order. Throws `SEGMENT_REQUEST_INVALID` (64) for none. */
export function statesOf(request: Pick<SegmentRequest, 'states'>): readonly [StateName, ...StateName[]] {
  const [first, ...others] = stateNames.filter((name) => request.states.includes(name));
  return first === undefined ? refused('states', '', 'no state is named') : [first, ...others];
}

/**
 * The scenarios of a run, out of all of its world; `undefined` for all of them, named or not. Throws
 * `SEGMENT_REQUEST_INVALID` (64).
 */
export function runScenariosOf(
  { runScenarioIds }: Pick<SegmentRequest, 'runScenarioIds'>,
  all: readonly ScenarioId[],
): readonly ScenarioId[] | undefined {
  const chosen = scenariosNamed(runScenarioIds, all, (id) =>
    refused('run_scenario_ids', id, `the world has ${all.join(', ')}`),
  );
  return chosen.length === all.length ? undefined : chosen;
}

/** The work asked for, out of all scenarios of a run. Throws `SEGMENT_REQUEST_INVALID` (64). */
export function workOf(
  { states, scenarioIds, partition }: Pick<SegmentRequest, 'states' | 'scenarioIds' | 'partition'>,
  all: readonly ScenarioId[],
): StateWork {
  const chosen = scenariosNamed(scenarioIds, all, (id) =>
    refused('scenario_ids', id, `the run has ${all.join(', ')}`),
  );
  if (states.includes('S5') && chosen.length < all.length) {
    // A bundle of some would say PASS of the run, and stand where that of all belongs.
    refused('scenario_ids', chosen.join(), `S5 judges all scenarios of its run, ${all.join(', ')}`);
  }
  const { index, count } = partition;
  if (!(Number.isInteger(count) && count >= 1 && count <= merchantBuckets)) {
    refused('partition.count', String(count), `it is a whole number from 1 to ${merchantBuckets}`);
  }
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    refused('partition.index', String(index), `it is a whole number from 0 to ${count - 1}`);
  }
  return { scenarioIds: chosen, buckets: bucketsOfPartition(index, count) };
}

function refused(where: string, value: string, message: string): never {
  return fail({
    exit: 'usage',
    code: 'SEGMENT_REQUEST_INVALID',
    message: `the request cannot be run: ${message}`,
    where,
    value,
    remedy: 'Correct the parameter and run again.',
  });
}
