import { setTimeout as delay } from 'node:timers/promises';
import { publishObject } from '../../evidence/publish-object.ts';
import type { EvidenceStore } from '../../evidence/stores/evidence-store.ts';
import { carryOut, type RecordedEnvironment } from '../../recorder/carry-out.ts';
import { planRecords, type RecorderAction } from '../../recorder/plan-records.ts';
import { failureOf, messageOf } from '../../vocabulary/failure.ts';
import type { Execution } from '../executions/execution.ts';
import type { Interference } from '../interference.ts';
import {
  describeTask,
  forgetStoppedAfterMillis,
  launchKeyOfTask,
  type StoredTask,
  taskStateChange,
} from '../task-runner/ecs-task.ts';
import type { TaskRegistry } from '../task-runner/task-registry.ts';

const attempts = 5;

export type RecorderHost = {
  readonly taskStopped: (task: StoredTask) => void;
  readonly executionEnded: (execution: Execution) => void;
  /** Records what has ended and was never told, as far as it is still known. */
  readonly sweep: () => void;
  /** Resolves when everything told so far is written. */
  readonly idle: () => Promise<void>;
};

/** What the recorder looks at and acts on. */
export type RecordedCloud = {
  readonly tasks: () => TaskRegistry;
  readonly executions: () => readonly Execution[];
  /** Whether an execution that needs the gate runs. */
  readonly gateIsWanted: () => boolean;
  readonly scaleGateToZero: () => Promise<void>;
};

/** Carries out what the recorder plans, on this cloud's own events; on AWS a Lambda does. */
export function createRecorderHost(
  environment: string,
  store: EvidenceStore,
  cloud: RecordedCloud,
  interference: Interference,
  complain: (line: string) => void,
): RecorderHost {
  const pending = new Set<Promise<unknown>>();
  const here = recordedHere(store, cloud);
  /** Keys of records that stand, with all done that comes with them. */
  const told = new Set<string>();
  const isDone = async (action: RecorderAction) => {
    try {
      await carryOut(action, here);
      return true;
    } catch (error) {
      complain(`recorder: ${messageOf(error)}`);
      // The record that contradicts stays, however often one looks.
      return action.kind === 'put' && failureOf(error).code === 'RECORD_CONTRADICTED';
    }
  };
  const carryOutAll = (actions: readonly RecorderAction[]) => {
    const work = Promise.all(actions.map(isDone)).then((done) => {
      // A record alone tells nothing of what comes with it.
      if (!done.every((one) => one)) return;
      for (const action of actions) if (action.kind === 'put') told.add(action.key);
    });
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };
  const record = (event: unknown) => carryOutAll(planRecords(event, environment));
  /** All that this event asks for, again; nothing when all of it is written and done. */
  const makeUpFor = (event: unknown) => {
    const actions = planRecords(event, environment);
    if (actions.some((action) => action.kind === 'put' && !told.has(action.key))) carryOutAll(actions);
  };
  return {
    taskStopped: (task) => interference.deliver(taskStateChange(task, interference.tell), record),
    executionEnded: (execution) => interference.deliver(executionStatusChange(execution), record),
    sweep: () => {
      for (const task of cloud.tasks().list()) {
        const recent = task.end !== null && Date.now() - task.end.stoppedAt < forgetStoppedAfterMillis;
        if (recent && interference.remembers(describeTask(task)))
          makeUpFor(taskStateChange(task, interference.tell));
      }
      for (const execution of cloud.executions()) {
        if (execution.status !== 'RUNNING') makeUpFor(executionStatusChange(execution));
      }
    },
    idle: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

/** What the recorder acts on, here. */
function recordedHere(store: EvidenceStore, cloud: RecordedCloud): RecordedEnvironment {
  return {
    publish: async (key, content) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return (await publishObject(store, key, content)).kind;
        } catch (error) {
          if (attempt >= attempts) throw error;
          await delay(100 * 2 ** attempt);
        }
      }
    },
    read: (key) => store.get(key),
    liveTasks: async () =>
      cloud
        .tasks()
        .list()
        .filter(({ end }) => end === null)
        .map((task) => ({ taskArn: task.taskArn, launchKey: launchKeyOfTask(task) })),
    stopTask: async (taskArn, reason) => void (await cloud.tasks().stop(taskArn, reason)),
    gateIsWanted: async () => cloud.gateIsWanted(),
    scaleGateToZero: cloud.scaleGateToZero,
  };
}

/** Step Functions' status change event, as EventBridge delivers it. */
function executionStatusChange({ facts, status, stoppedAt, error, cause }: Execution): unknown {
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: {
      executionArn: facts.arn,
      stateMachineArn: facts.stateMachineArn,
      name: facts.name,
      status,
      startDate: facts.startedAt,
      stopDate: stoppedAt ?? null,
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}
