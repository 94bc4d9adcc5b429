import { writeSync } from 'node:fs';
import { runService } from '../lib/runtime/run-service.ts';
import { runTask, type TaskEdge } from '../lib/runtime/run-task.ts';
import { containerContracts, findContract, findService } from '../lib/task-contracts/catalogue.ts';
import { exitCodes } from '../lib/vocabulary/exit-codes.ts';
import { failureOf } from '../lib/vocabulary/failure.ts';
import { programs, servicePrograms } from './programs.ts';

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

/** Runs the task or service that the container's one argument names; returns the exit code. */
export async function runNamedTask(given: readonly string[]): Promise<number> {
  const [name = '', ...rest] = given;
  const run = rest.length > 0 ? undefined : runnerOf(name);
  if (run === undefined) {
    write('usage', {
      message: 'the container takes exactly one argument, the name of a task or service',
      names: containerContracts.map((contract) => contract.name),
    });
    return exitCodes.usage;
  }
  // A callback that throws outside of every await has no result: nobody can vouch for what follows it.
  process.on('uncaughtException', (error) => {
    write('uncaught', { failure: failureOf(error) });
    process.exit(exitCodes.internal);
  });
  return await run();
}

function runnerOf(name: string): (() => Promise<number>) | undefined {
  const task = findContract(name);
  const service = findService(name);
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  const serviceProgram = Object.hasOwn(servicePrograms, name) ? servicePrograms[name] : undefined;
  if (task !== undefined && program !== undefined) return async () => runTask(task, await program(), edge);
  if (service !== undefined && serviceProgram !== undefined) {
    return async () => runService(service, await serviceProgram(), edge);
  }
  return undefined;
}

function write(event: string, fields: object): void {
  edge.writeLine(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
}
