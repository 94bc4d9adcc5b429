/** Runs states of a world in a new candidate, in a process that does nothing else; removes the candidate. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stageRun } from '../../../lib/segment-5a/frame/stage-run.ts';
import { stateNames } from '../../../lib/segment-5a/frame/states.ts';
import { segmentRunIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { runStates } from '../../tasks/segment/run-states.ts';

const [world = '', runsRoot = '', from = '', wanted = ''] = process.argv.slice(2);
const states = stateNames.filter((state) => wanted.split(',').includes(state));
const runScenarioIds = ['baseline_v1'];
const [first] = states;
if (first === undefined) throw new Error('no state is named');
if (from === '') {
  const own = await mkdtemp(join(runsRoot, '..', 'chain-'));
  await runStates({ world, runsRoot: own }, states, { runScenarioIds });
  await rm(own, { recursive: true, force: true });
} else {
  const instance = process.hrtime.bigint();
  const staged = await stageRun(runsRoot, segmentRunIdSchema.parse(from), first, instance);
  await runStates({ world, runsRoot }, states, { runScenarioIds, runId: staged.runId });
  await rm(staged.runFolder, { recursive: true, force: true });
}
