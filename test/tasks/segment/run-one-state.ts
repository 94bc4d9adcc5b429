/** Runs one state of a prepared run in a process of its own and prints how it ended; for limits that a whole process is under. */
import { type StateName, stateNames } from '../../../lib/segment-5a/frame/states.ts';
import { failureOf } from '../../../lib/vocabulary/failure.ts';
import { runStates } from './run-states.ts';

const [world = '', runsRoot = '', name = ''] = process.argv.slice(2);
const state: StateName | undefined = stateNames.find((one) => one === name);
if (state === undefined) throw new Error(`${name} is no state`);
const ended = await runStates({ world, runsRoot }, [state]).then(
  ({ states }) => ({ publication: states[0]?.publication }),
  (error: unknown) => ({ failure: failureOf(error) }),
);
process.stdout.write(JSON.stringify(ended));
