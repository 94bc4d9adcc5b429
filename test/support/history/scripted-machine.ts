import { createHash } from 'node:crypto';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Execution } from '../../../lib/local-cloud/executions/execution.ts';
import type { HistoryEvent } from '../../../lib/local-cloud/executions/history.ts';
import { type LaunchRegistry, runTaskHandler } from '../../../lib/local-cloud/executions/run-task-handler.ts';
import { StatesError } from '../../../lib/local-cloud/executions/states-error.ts';
import { noInterference } from '../../../lib/local-cloud/interference.ts';
import { launchKeyOfTask, type StoredTask } from '../../../lib/local-cloud/task-runner/ecs-task.ts';
import { RegisteredDefinitions } from '../../../lib/local-cloud/task-runner/registered-definitions.ts';
import type { TaskDefinition } from '../../../lib/task-contracts/task-definition.ts';
import type { JsonValue } from '../../../lib/vocabulary/json.ts';
import { runTaskResource, type StateMachine } from '../../../lib/workflows/state-machine.ts';

/**
 * How a launch ends, by `<state>/<number>`: with an exit code, refused with an error of Step Functions, or
 * never. What is not named ends with 0.
 */
export type LaunchEnds = Readonly<Record<string, number | 'never' | readonly [error: string, cause: string]>>;

export type ScriptedRun = {
  readonly definition: StateMachine;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly input: JsonValue;
  readonly ends: LaunchEnds;
  readonly taskDefinitions: readonly TaskDefinition[];
  /** Stops the execution once this many tasks have been launched and none of them can end. */
  readonly stopAfterLaunches?: number;
};

const account = '111111111111';
const region = 'eu-west-2';
/** Every task is created, starts and stops at these moments, epoch milliseconds. */
const times = { createdAt: 1_771_639_763_000, startedAt: 1_771_639_783_000, stoppedAt: 1_771_639_843_000 };

/**
 * The histories that the local cloud's interpreter writes of machines whose tasks end as scripted. Time is
 * made up and passes only when nothing else is left to do, so that what comes first does not depend on how
 * busy this machine is; nothing else of the process may wait for a timer meanwhile.
 */
export async function runScripted(
  runs: readonly ScriptedRun[],
): Promise<readonly (readonly HistoryEvent[])[]> {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const histories: (readonly HistoryEvent[])[] = [];
    for (const run of runs) histories.push(await runOne(run));
    return histories;
  } finally {
    mock.timers.reset();
  }
}

/** Turns of the event loop in which a machine without timers comes to rest. */
const restingTurns = 50;
const tickMillis = 250;

async function runOne(run: ScriptedRun): Promise<readonly HistoryEvent[]> {
  const registry = scriptedRegistry(run.ends);
  const runTask = runTaskHandler(
    registry,
    new RegisteredDefinitions(region, account, run.taskDefinitions),
    noInterference,
  );
  const execution = new Execution(
    {
      arn: run.executionArn,
      name: run.executionArn.split(':').at(-1) ?? '',
      stateMachineArn: run.stateMachineArn,
      input: JSON.stringify(run.input),
      startedAt: times.createdAt,
    },
    {
      definition: run.definition,
      handlerOf: (resource) => (resource === runTaskResource ? runTask : scaledService),
      onEvent: () => undefined,
      onEnded: () => undefined,
    },
  );
  const running = execution.run();
  while (execution.status === 'RUNNING') {
    for (let turns = 0; turns < restingTurns; turns += 1) await turn();
    if (registry.launches() === run.stopAfterLaunches) {
      execution.abort('StoppedByOperator', 'no longer needed');
      break;
    }
    mock.timers.tick(tickMillis);
  }
  await running;
  return execution.events;
}

function scriptedRegistry(ends: LaunchEnds): LaunchRegistry & { readonly launches: () => number } {
  const tasks = new Map<string, StoredTask>();
  const endOf = (task: StoredTask) => {
    const [, state, number] = (launchKeyOfTask(task) ?? '').split('/');
    return ends[`${state}/${number}`] ?? 0;
  };
  return {
    launches: () => tasks.size,
    findByLaunchKey: () => undefined,
    run: async (request) => {
      const { definition, definitionArn, clusterArn, overrides, tags } = request;
      const launchKey = overrides.containerOverrides
        .flatMap(({ environment }) => environment)
        .find(({ name }) => name === 'LAUNCH_KEY')?.value;
      const taskId = createHash('md5').update(String(launchKey)).digest('hex');
      const task: StoredTask = {
        taskArn: `${clusterArn.replace(':cluster/', ':task/')}/${taskId}`,
        taskDefinitionArn: definitionArn,
        clusterArn,
        image: definition.containerDefinitions[0].image,
        imageDigest: `sha256:${'7'.repeat(64)}`,
        stopTimeoutSeconds: 30,
        clientToken: null,
        startedBy: request.startedBy,
        group: `family:${definition.family}`,
        overrides,
        tags,
        createdAt: times.createdAt,
        startedAt: null,
        stopRequested: null,
        end: null,
      };
      const end = endOf(task);
      if (typeof end === 'object') throw new StatesError(end[0], end[1]);
      tasks.set(task.taskArn, task);
      return task;
    },
    whenStopped: async (taskArn) => {
      const task = tasks.get(taskArn);
      const end = task === undefined ? 'never' : endOf(task);
      if (task === undefined || typeof end !== 'number') return await new Promise(() => undefined);
      await turn();
      return {
        ...task,
        end: {
          stopCode: 'EssentialContainerExited',
          stoppedReason: 'Essential container in task exited',
          exitCode: end,
          startedAt: times.startedAt,
          stoppedAt: times.stoppedAt,
        },
      };
    },
  };
}

async function scaledService(): Promise<JsonValue> {
  return { Service: { DesiredCount: 1, RunningCount: 0, Status: 'ACTIVE' } };
}
