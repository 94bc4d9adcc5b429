import { writeSync } from 'node:fs';
import { runTask, type TaskEdge } from '../lib/runtime/run-task.ts';
import { findContract, taskContracts } from '../lib/task-contracts/catalogue.ts';
import { exitCodes } from '../lib/vocabulary/exit-codes.ts';
import { failureOf } from '../lib/vocabulary/failure.ts';
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

/** Runs the task that the container's one argument names; returns the exit code. */
export async function runNamedTask(given: readonly string[]): Promise<number> {
  const [name = '', ...rest] = given;
  const contract = findContract(name);
  const load = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (contract === undefined || load === undefined || rest.length > 0) {
    write('usage', {
      message: 'the container takes exactly one argument, the name of a task',
      tasks: taskContracts.map((task) => task.name),
    });
    return exitCodes.usage;
  }
  // A callback that throws outside of every await has no result: nobody can vouch for what follows it.
  process.on('uncaughtException', (error) => {
    write('uncaught', { failure: failureOf(error) });
    process.exit(exitCodes.internal);
  });
  return await runTask(contract, await load(), edge);
}

function write(event: string, fields: object): void {
  edge.writeLine(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
}
