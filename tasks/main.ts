import { writeSync } from 'node:fs';
import { runTask, type TaskEdge } from '../lib/runtime/run-task.ts';
import { findContract, taskContracts } from '../lib/task-contracts/catalogue.ts';
import { exitCodes } from '../lib/vocabulary/exit-codes.ts';
import { programs } from './programs.ts';

const edge: TaskEdge = {
  environment: process.env,
  now: () => Date.now(),
  writeLine: (line) => void writeSync(1, `${line}\n`),
  onTerminate: (handler) => {
    process.on('SIGTERM', handler);
    // A shell's Ctrl-C on a task started by hand means the same.
    process.on('SIGINT', handler);
  },
};

const [name, ...rest] = process.argv.slice(2);
const contract = name === undefined ? undefined : findContract(name);
const load = name === undefined ? undefined : programs[name];
if (contract === undefined || load === undefined || rest.length > 0) {
  edge.writeLine(
    JSON.stringify({
      time: new Date().toISOString(),
      event: 'usage',
      message: 'the container takes exactly one argument, the name of a task',
      tasks: taskContracts.map((task) => task.name),
    }),
  );
  process.exit(exitCodes.usage);
}
const exitCode = await runTask(contract, await load(), edge);
// Pools, sockets and timers of a task that was cut short must not keep the process alive.
process.exit(exitCode);
