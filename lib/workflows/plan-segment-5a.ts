import { type LaunchDescription, laneStride } from './lanes.ts';
import type { ParameterPassing } from './one-shot-input.ts';
import { type Segment5aInput, segment5aInputSchema } from './segment-5a-input.ts';

/** What a run of the data engine is asked to do; paths are absolute, as the tasks see them. */
export type SegmentPlan = {
  readonly runsRoot: string;
  readonly world: string;
  readonly policies?: string;
  /** Scenarios of the run; each gets lanes of its own. */
  readonly scenarioIds: readonly string[];
  /** The same, where they are not all of the world: then it is a run of its own. */
  readonly runScenarioIds?: readonly string[];
  readonly partitions: number;
  /** A staged candidate, else the run of the world. */
  readonly segmentRunId?: string;
};

/** Parameters of the `segment` task for every launch of the machine, in the order prepare, lanes, validate. */
export type SegmentParameters = {
  readonly prepare: SegmentTaskParameters;
  readonly lanes: readonly SegmentTaskParameters[];
  readonly validate: SegmentTaskParameters;
};

export type SegmentTaskParameters = {
  readonly states: readonly string[];
  readonly runs_root: string;
  readonly world: string;
  readonly policies?: string;
  readonly run_scenario_ids?: readonly string[];
  readonly scenario_ids: readonly string[];
  readonly partition: { readonly index: number; readonly count: number };
  readonly segment_run_id?: string;
};

/** One lane of S4 for each scenario and partition. */
export function segmentParameters(plan: SegmentPlan): SegmentParameters {
  const task = (
    states: readonly string[],
    scenarioIds: readonly string[],
    index: number,
    count: number,
  ): SegmentTaskParameters => ({
    states,
    runs_root: plan.runsRoot,
    world: plan.world,
    ...(plan.policies === undefined ? {} : { policies: plan.policies }),
    ...(plan.runScenarioIds === undefined ? {} : { run_scenario_ids: plan.runScenarioIds }),
    scenario_ids: scenarioIds,
    partition: { index, count },
    ...(plan.segmentRunId === undefined ? {} : { segment_run_id: plan.segmentRunId }),
  });
  const partitions = Array.from({ length: plan.partitions }, (_, index) => index);
  return {
    prepare: task(['S0', 'S1', 'S2', 'S3'], plan.scenarioIds, 0, 1),
    lanes: plan.scenarioIds.flatMap((id) =>
      partitions.map((index) => task(['S4'], [id], index, plan.partitions)),
    ),
    validate: task(['S5'], plan.scenarioIds, 0, 1),
  };
}

/** How each launch is placed in time; shared by all launches of the machine. */
export type LaunchFrame = Omit<LaunchDescription, 'launch' | 'parameters'>;

/**
 * Input of the machine from parameters that are already canonical text or stored in evidence. Throws a
 * `ZodError` when there are more lanes than a Map may have.
 */
export function segment5aInput(
  frame: LaunchFrame,
  executionId: string,
  passed: {
    readonly prepare: ParameterPassing;
    readonly lanes: readonly ParameterPassing[];
    readonly validate: ParameterPassing;
  },
): Segment5aInput {
  const launch = (parameters: ParameterPassing, number: number) => ({
    ...frame,
    launch: { number, attempt: 0 },
    parameters,
  });
  return segment5aInputSchema.parse({
    schema: 'fraud-platform/segment-5a-input/v1',
    environment: frame.environment,
    execution_id: executionId,
    run_id: frame.run_id,
    prepare: launch(passed.prepare, 0),
    lanes: passed.lanes.map((parameters, lane) => launch(parameters, lane * laneStride)),
    validate: launch(passed.validate, 0),
  });
}
