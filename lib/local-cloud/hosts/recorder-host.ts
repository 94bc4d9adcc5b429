import { setTimeout as delay } from 'node:timers/promises';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { publishObject } from '../../evidence/publish-object.ts';
import type { EvidenceStore } from '../../evidence/stores/evidence-store.ts';
import { attemptAll } from '../../recorder/attempt-all.ts';
import { planRecords, type RecorderAction } from '../../recorder/plan-records.ts';
import { messageOf } from '../../vocabulary/failure.ts';
import { splitLaunchKey } from '../../vocabulary/identifiers.ts';
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

/** What the recorder acts on. */
export type RecordedCloud = {
  readonly tasks: () => TaskRegistry;
  readonly executions: () => readonly Execution[];
  /** Scales the gate to nothing when no running execution needs it. */
  readonly releaseGate: () => Promise<void>;
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
  const written = new Set<string>();
  const carryOutAll = (actions: readonly RecorderAction[]) => {
    const work = Promise.all(
      actions.map(async (action) => {
        try {
          await carryOut(action, store, cloud);
          if (action.kind === 'put') written.add(action.key);
        } catch (error) {
          complain(`recorder: ${messageOf(error)}`);
        }
      }),
    );
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };
  const record = (event: unknown) => carryOutAll(planRecords(event, environment));
  /** What is not yet written about this event, with all that comes with it; nothing when all of it is. */
  const makeUpFor = (event: unknown) => {
    const actions = planRecords(event, environment);
    if (actions.some((action) => action.kind === 'put' && !written.has(action.key))) carryOutAll(actions);
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

async function carryOut(
  action: RecorderAction,
  store: EvidenceStore,
  { tasks, releaseGate }: RecordedCloud,
): Promise<void> {
  if (action.kind === 'release-gate') return await releaseGate();
  if (action.kind === 'stop-tasks') {
    const live = tasks()
      .list()
      .filter(
        (task) =>
          task.end === null &&
          splitLaunchKey(launchKeyOfTask(task) ?? '')?.executionId === action.executionId,
      );
    await attemptAll(live, async ({ taskArn }) => [await tasks().stop(taskArn, action.reason)]);
    return;
  }
  const content = canonicalBytes(action.value);
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Told twice, after a restart, the same record is identical; another one never replaces it.
      await publishObject(store, action.key, content);
      return;
    } catch (error) {
      if (attempt >= attempts) throw error;
      await delay(100 * 2 ** attempt);
    }
  }
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
