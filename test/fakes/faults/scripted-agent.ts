import { appendFileSync, mkdirSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Agent, AgentEvents, StartAgent } from '../../../lib/local-cloud/task-runner/start-agent.ts';
import type { AgentOrder, AgentState } from '../../../lib/local-cloud/task-runner/task-agent.ts';
import { bootstrap } from '../../../lib/runtime/bootstrap.ts';
import { markerPrefix } from '../../../lib/runtime/result.ts';
import { runTask, type TaskEdge } from '../../../lib/runtime/run-task.ts';
import type { TaskContext } from '../../../lib/runtime/task-program.ts';
import type { TaskContract } from '../../../lib/task-contracts/define-task.ts';
import { launchVariables } from '../../../lib/task-contracts/launch-environment.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../../lib/vocabulary/failure.ts';
import { splitLaunchKey } from '../../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { type AttemptFaults, type FaultSchedule, faultsOf } from './fault-schedule.ts';
import type { TrueLaunch, Truth } from './truth.ts';

export type ScriptedTasks = {
  readonly schedule: FaultSchedule;
  readonly truth: Truth;
  readonly contractOf: (task: string) => TaskContract | undefined;
  /** What a task that does its work says of it. */
  readonly outputOf: (context: TaskContext) => JsonObject;
};

const killed = 128 + constants.signals.SIGKILL;
const stopped = exitCodes.stopped;

/**
 * Agents whose tasks run in this process. What a task does is what its schedule says; how it does it is real:
 * bootstrap, deadline, result and marker are those of the runtime. Only the process is not there, and so the
 * death of one is played: a task that is killed has written what it would have, and nothing more.
 */
export function scriptedAgents(tasks: ScriptedTasks): StartAgent {
  return (folder, order, events) => {
    let stop: () => void = () => undefined;
    let asked = false;
    const agent: Agent = {
      stop: () => {
        asked = true;
        stop();
      },
    };
    const onTerminate = (handler: () => void) => {
      stop = handler;
      if (asked) handler();
    };
    void run(tasks, folder, order, events, onTerminate).catch(events.failed);
    return agent;
  };
}

async function run(
  tasks: ScriptedTasks,
  folder: string,
  order: AgentOrder,
  { ended }: AgentEvents,
  onTerminate: TaskEdge['onTerminate'],
): Promise<void> {
  const startedAt = Date.now();
  const state: AgentState = {
    agent: process.pid,
    agentTicks: '',
    pid: process.pid,
    pidTicks: '',
    startedAt,
    stoppedAt: null,
    exitCode: null,
    signal: null,
    failure: null,
  };
  await mkdir(order.workFolder, { recursive: true });
  mkdirSync(dirname(order.logFile), { recursive: true });
  await writeState(folder, state);
  const exitCode = await carryOut(tasks, order, onTerminate);
  await writeState(folder, { ...state, stoppedAt: Date.now(), exitCode });
  ended();
}

async function writeState(folder: string, state: AgentState): Promise<void> {
  const temporary = join(folder, 'agent.json.new');
  await writeFile(temporary, JSON.stringify(state));
  await rename(temporary, join(folder, 'agent.json'));
}

async function carryOut(
  { schedule, truth, contractOf, outputOf }: ScriptedTasks,
  order: AgentOrder,
  onTerminate: TaskEdge['onTerminate'],
): Promise<number> {
  const contract = contractOf(order.command.at(-1) ?? '');
  const key = splitLaunchKey(order.environment[launchVariables.launchKey] ?? '');
  if (contract === undefined || key === undefined) return await serve(onTerminate);
  const launch = truth.began(`${key.executionId}/${key.state}/${key.number}`, performance.now());
  const exitCode = await act(
    faultsOf(schedule, key.state, key.number),
    launch,
    contract,
    outputOf,
    order,
    onTerminate,
  );
  launch.endedAt = performance.now();
  launch.exitCode = exitCode;
  return exitCode;
}

/** A service does nothing here but be there until it is asked to end. */
async function serve(onTerminate: TaskEdge['onTerminate']): Promise<number> {
  await new Promise<void>((resolve) => onTerminate(resolve));
  return stopped;
}

async function act(
  { act: what, lastsMillis }: AttemptFaults,
  launch: TrueLaunch,
  contract: TaskContract,
  outputOf: ScriptedTasks['outputOf'],
  order: AgentOrder,
  onTerminate: TaskEdge['onTerminate'],
): Promise<number> {
  const writeLine = (line: string) => {
    if (what === 'killed-after-result' && line.startsWith(markerPrefix)) return;
    appendFileSync(order.logFile, `${line}\n`);
  };
  const edge: TaskEdge = { environment: order.environment, now: Date.now, writeLine, onTerminate };
  switch (what) {
    case 'crash':
      writeLine('Error: Cannot find module');
      return 1;
    case 'silent':
      writeLine('hello');
      return exitCodes.done;
    case 'refused':
      return await runTask(contract, async () => ({ output: {} }), {
        ...edge,
        environment: { ...order.environment, [launchVariables.runId]: '' },
      });
    case 'killed': {
      await bootstrap(contract, edge, new AbortController().signal);
      writeLine('{"event":"started"}');
      await delay(lastsMillis);
      return killed;
    }
    default:
      break;
  }
  const exitCode = await runTask(
    contract,
    async (context) => {
      await delay(what === 'deadline' ? 60_000 : lastsMillis, undefined, { signal: context.signal });
      if (what === 'data' || what === 'transient') {
        fail({ exit: what, code: 'SCRIPTED', message: 'as the schedule says', remedy: 'None.' });
      }
      launch.didItsWork = true;
      return { output: outputOf(context) };
    },
    edge,
  );
  return what.startsWith('killed-') ? killed : exitCode;
}
