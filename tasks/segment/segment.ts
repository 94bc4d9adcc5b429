import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearFolder } from '../../lib/lake/bring-near.ts';
import { openLake } from '../../lib/lake/open-lake.ts';
import type { TaskProgram } from '../../lib/runtime/task-program.ts';
import { runSegment } from '../../lib/segment-5a/frame/run-segment.ts';
import { segmentOutput } from '../../lib/segment-5a/frame/segment-output.ts';
import { lakeRunKeeper } from '../../lib/segment-5a/lake/lake-run-keeper.ts';
import type { segmentContract } from '../../lib/task-contracts/segment.ts';
import { statePrograms } from './programs.ts';

const shippedPolicies = fileURLToPath(new URL('../../config/policies/segment-5a', import.meta.url));

/** Runs the states asked for and says of each what it published; phase markers go to the log as they happen. */
export const segment: TaskProgram<typeof segmentContract> = async ({
  parameters,
  launch,
  scratch,
  signal,
  log,
}) => {
  log('runs-root', { runs_root: parameters.runs_root, world: parameters.world });
  const lake = openLake(parameters.runs_root);
  const result = await runSegment({
    states: parameters.states,
    runsRoot: lake === undefined ? parameters.runs_root : join(scratch, 'runs'),
    ...(lake === undefined ? {} : { keeper: lakeRunKeeper(lake, signal) }),
    world: await nearFolder(parameters.world, scratch, signal),
    policies:
      parameters.policies === undefined
        ? shippedPolicies
        : await nearFolder(parameters.policies, scratch, signal),
    runScenarioIds: parameters.run_scenario_ids,
    scenarioIds: parameters.scenario_ids,
    partition: parameters.partition,
    ...(parameters.segment_run_id === undefined ? {} : { runId: parameters.segment_run_id }),
    imageDigest: launch.imageDigest,
    signal,
    report: log,
    programs: statePrograms,
  });
  const runFolder = lake === undefined ? result.runFolder : `${parameters.runs_root}/${result.runId}`;
  return { output: segmentOutput({ ...result, runFolder }) };
};
