import { fail } from '../../vocabulary/failure.ts';
import type { SegmentRunId } from '../../vocabulary/identifiers.ts';
import type { ScenarioId } from '../identity.ts';
import { bucketsOfPartition, merchantBuckets } from '../laws/merchant-bucket.ts';
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
  /** Scenarios for S4 and S5; without any, all of the world. */
  readonly scenarioIds: readonly string[];
  /** Which part of the merchants S4 does here: `index` of `count`. */
  readonly partition: { readonly index: number; readonly count: number };
  /** A staged candidate; without it, the run of this world and these policies. */
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

/** The work asked for, out of all scenarios of a world. Throws `SEGMENT_REQUEST_INVALID` (64). */
export function workOf(
  { scenarioIds, partition }: Pick<SegmentRequest, 'scenarioIds' | 'partition'>,
  all: readonly ScenarioId[],
): StateWork {
  const unknown = scenarioIds.find((id) => !all.some((one) => one === id));
  if (unknown !== undefined) refused('scenario_ids', unknown, `the world has ${all.join(', ')}`);
  const { index, count } = partition;
  if (!(Number.isInteger(count) && count >= 1 && count <= merchantBuckets)) {
    refused('partition.count', String(count), `it is a whole number from 1 to ${merchantBuckets}`);
  }
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    refused('partition.index', String(index), `it is a whole number from 0 to ${count - 1}`);
  }
  return {
    scenarioIds: scenarioIds.length === 0 ? all : all.filter((id) => scenarioIds.includes(id)),
    buckets: bucketsOfPartition(index, count),
  };
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
