import { fileURLToPath } from 'node:url';
import type { TaskProgram } from '../../lib/runtime/task-program.ts';
import { runSegment } from '../../lib/segment-5a/frame/run-segment.ts';
import { segmentOutput } from '../../lib/segment-5a/frame/segment-output.ts';
import type { segmentContract } from '../../lib/task-contracts/segment.ts';
import { statePrograms } from './programs.ts';

const shippedPolicies = fileURLToPath(new URL('../../config/policies/segment-5a', import.meta.url));

/** Runs the states asked for and says of each what it published; phase markers go to the log as they happen. */
export const segment: TaskProgram<typeof segmentContract> = async ({ parameters, launch, signal, log }) => {
  log('runs-root', { runs_root: parameters.runs_root, world: parameters.world });
  const result = await runSegment({
    states: parameters.states,
    runsRoot: parameters.runs_root,
    world: parameters.world,
    policies: parameters.policies ?? shippedPolicies,
    scenarioIds: parameters.scenario_ids,
    partition: parameters.partition,
    ...(parameters.segment_run_id === undefined ? {} : { runId: parameters.segment_run_id }),
    imageDigest: launch.imageDigest,
    signal,
    report: log,
    programs: statePrograms,
  });
  return { output: segmentOutput(result) };
};
