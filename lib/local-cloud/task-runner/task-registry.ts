import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeWhole } from '../../files/write-whole.ts';
import { platformVariables } from '../../task-contracts/launch-environment.ts';
import type { TaskDefinition } from '../../task-contracts/task-definition.ts';
import { messageOf } from '../../vocabulary/failure.ts';
import { type Interference, NotStarted } from '../interference.ts';
import { isAlive, signalProcess } from '../process-identity.ts';
import { agentOrder } from './agent-order.ts';
import { type AgentState, readAgentState } from './agent-state.ts';
import { launchKeyOfTask, type StoredTask, storedTaskSchema } from './ecs-task.ts';
import type { Agent, StartAgent } from './start-agent.ts';
import { describeEnd, describeLostEnd, type TaskEnd } from './task-record-shape.ts';

export type RunTaskRequest = {
  readonly definition: TaskDefinition;
  readonly definitionArn: string;
  readonly clusterArn: string;
  readonly overrides: StoredTask['overrides'];
  readonly tags: StoredTask['tags'];
  readonly clientToken: string | null;
  readonly startedBy: string | null;
  readonly group: string | null;
};

export type TaskRegistryOptions = {
  readonly tasksFolder: string;
  readonly logFileOf: (definition: TaskDefinition, taskId: string) => string;
  /** Program and first arguments of every container; the definition's command follows. */
  readonly entryPoint: readonly string[];
  /** Value of an SSM parameter by ARN; throws when it cannot be had. */
  readonly readSecret: (valueFrom: string) => Promise<string>;
  readonly startAgent: StartAgent;
  /** Rejects when the platform cannot start the task of a launch; the message is why. */
  readonly beforeStart: Interference['beforeStart'];
  /** Called once for each task that stopped, also for those found stopped after a restart. */
  readonly onStopped: (task: StoredTask) => void;
  readonly complain: (line: string) => void;
};

/** How often a task is looked at whose agent is not our own child. */
const adoptedPollMillis = 50;

/** Tasks of this cloud: started beside an agent each, found again after a restart, known by ARN and launch key. */
export class TaskRegistry {
  readonly #options: TaskRegistryOptions;
  readonly #tasks = new Map<string, StoredTask>();
  readonly #agents = new Map<string, Agent>();
  readonly #stopped = new Map<string, PromiseWithResolvers<StoredTask>>();
  /** The last write of each task that has not ended well yet. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(options: TaskRegistryOptions) {
    this.#options = options;
  }

  list(): readonly StoredTask[] {
    return [...this.#tasks.values()];
  }

  find(taskArnOrId: string): StoredTask | undefined {
    return (
      this.#tasks.get(taskArnOrId) ?? this.list().find(({ taskArn }) => taskArn.endsWith(`/${taskArnOrId}`))
    );
  }

  findByLaunchKey(launchKey: string): StoredTask | undefined {
    return this.list().find((task) => launchKeyOfTask(task) === launchKey);
  }

  findByClientToken(token: string): StoredTask | undefined {
    return this.list().find(({ clientToken }) => clientToken === token);
  }

  /** Resolves with the task once it has stopped. */
  async whenStopped(taskArn: string): Promise<StoredTask> {
    const task = this.#tasks.get(taskArn);
    if (task === undefined) throw new Error(`no task ${taskArn}`);
    return task.end === null ? await this.#promiseOf(taskArn).promise : task;
  }

  /** Starts a task; returns it as PROVISIONING. What goes wrong afterwards is how the task stopped. */
  async run(request: RunTaskRequest): Promise<StoredTask> {
    const taskId = randomUUID().replaceAll('-', '');
    const { definition } = request;
    const [container] = definition.containerDefinitions;
    const task: StoredTask = {
      taskArn: `${request.clusterArn.replace(':cluster/', ':task/')}/${taskId}`,
      taskDefinitionArn: request.definitionArn,
      clusterArn: request.clusterArn,
      image: container.image,
      imageDigest:
        container.environment.find(({ name }) => name === platformVariables.imageDigest)?.value ?? 'local',
      stopTimeoutSeconds: container.stopTimeout,
      clientToken: request.clientToken,
      startedBy: request.startedBy,
      group: request.group ?? `family:${definition.family}`,
      overrides: request.overrides,
      tags: request.tags,
      createdAt: Date.now(),
      startedAt: null,
      stopRequested: null,
      end: null,
    };
    await mkdir(this.#folderOf(task.taskArn), { recursive: true });
    await this.#save(task).catch((error: unknown) => {
      // It was refused: nobody may find a task by its launch key that will never start.
      this.#tasks.delete(task.taskArn);
      throw error;
    });
    this.#inBackground(
      task.taskArn,
      this.#start(task, definition, taskId).catch((error: unknown) =>
        this.#settle(task.taskArn, failedToStart(reasonOf(error))),
      ),
    );
    return task;
  }

  /** Asks a task to stop: SIGTERM, and SIGKILL after its stop timeout. Stopping twice is stopping once. */
  async stop(taskArn: string, reason: string): Promise<StoredTask> {
    const task = this.#tasks.get(taskArn);
    if (task === undefined) throw new Error(`no task ${taskArn}`);
    if (task.end !== null || task.stopRequested !== null) return task;
    const stopping: StoredTask = { ...task, stopRequested: { at: Date.now(), reason } };
    try {
      await this.#save(stopping);
    } finally {
      // Also when the disk refuses to note it: a task that cannot be told of ends all the more.
      await this.#signalStop(taskArn);
    }
    return stopping;
  }

  async #signalStop(taskArn: string): Promise<void> {
    const agent = this.#agents.get(taskArn);
    if (agent !== undefined) {
      agent.stop();
      return;
    }
    // The agent is a stranger's child: the one of an earlier process of ours.
    const state = await this.#agentState(taskArn);
    if (state !== undefined)
      signalProcess({ pid: state.agent, startTicks: state.agentTicks }, 'SIGTERM', false);
  }

  /** Takes up every task that an earlier process of this cloud knew. */
  async restore(): Promise<void> {
    const ids = await readdir(this.#options.tasksFolder).catch(() => []);
    for (const id of ids) {
      const text = await readFile(join(this.#options.tasksFolder, id, 'task.json'), 'utf8').catch(
        () => undefined,
      );
      const parsed = text === undefined ? undefined : storedTaskSchema.safeParse(JSON.parse(text)).data;
      if (parsed === undefined) continue;
      this.#tasks.set(parsed.taskArn, parsed);
      if (parsed.end === null) this.#inBackground(parsed.taskArn, this.#watchAdopted(parsed.taskArn));
      // The recorder may have missed it; records are put if absent, so telling twice is telling once.
      else this.#options.onStopped(parsed);
    }
  }

  async #start(task: StoredTask, definition: TaskDefinition, taskId: string): Promise<void> {
    await this.#options.beforeStart(launchKeyOfTask(task));
    const folder = this.#folderOf(task.taskArn);
    const order = await agentOrder(task, definition, {
      entryPoint: this.#options.entryPoint,
      readSecret: this.#options.readSecret,
      workFolder: join(folder, 'work'),
      logFile: this.#options.logFileOf(definition, taskId),
    });
    const agent = this.#options.startAgent(folder, order, {
      failed: (error) =>
        this.#inBackground(
          task.taskArn,
          this.#settle(task.taskArn, failedToStart(`CannotStartContainerError: ${error.message}`)),
        ),
      ended: () => this.#inBackground(task.taskArn, this.#afterAgent(task.taskArn)),
    });
    this.#agents.set(task.taskArn, agent);
    // Asked to stop before there was anything to signal.
    if (this.#tasks.get(task.taskArn)?.stopRequested != null) agent.stop();
  }

  /** Settles a task whose agent is gone, from what the agent wrote. */
  async #afterAgent(taskArn: string): Promise<void> {
    this.#agents.delete(taskArn);
    const state = await this.#agentState(taskArn);
    if (state === undefined) {
      await this.#settle(
        taskArn,
        neverBegan(this.#tasks.get(taskArn), 'the agent ended before the task began'),
      );
      return;
    }
    if (state.stoppedAt === null) {
      await this.#watchOrphan(taskArn);
      return;
    }
    await this.#settle(taskArn, describeEnd(state, this.#tasks.get(taskArn)?.stopRequested ?? undefined));
  }

  /** Waits for the end of a task whose agent is a stranger's child: the one of an earlier process of ours. */
  async #watchAdopted(taskArn: string): Promise<void> {
    for (;;) {
      const state = await this.#agentState(taskArn);
      const known = this.#tasks.get(taskArn);
      if (known === undefined || known.end !== null) return;
      if (state === undefined) {
        const age = Date.now() - known.createdAt;
        if (age > 10_000) {
          await this.#settle(taskArn, neverBegan(known, 'the cloud died before the task began'));
          return;
        }
      } else if (state.stoppedAt !== null) {
        await this.#settle(taskArn, describeEnd(state, known.stopRequested ?? undefined));
        return;
      } else if (!isAlive({ pid: state.agent, startTicks: state.agentTicks })) {
        // It may have written its last word between the two looks.
        if ((await this.#agentState(taskArn))?.stoppedAt === null) {
          await this.#watchOrphan(taskArn);
          return;
        }
      }
      await delay(adoptedPollMillis);
    }
  }

  /** A task that lost its agent runs on, unwatched: nobody will know its exit code. Waits for it to go. */
  async #watchOrphan(taskArn: string): Promise<void> {
    const state = await this.#agentState(taskArn);
    if (state === undefined) return;
    const task = { pid: state.pid, startTicks: state.pidTicks };
    const stopTimeout = (this.#tasks.get(taskArn)?.stopTimeoutSeconds ?? 30) * 1_000;
    let termSent = false;
    while (isAlive(task)) {
      const stop = this.#tasks.get(taskArn)?.stopRequested;
      if (stop != null && !termSent) {
        signalProcess(task, 'SIGTERM', false);
        termSent = true;
      }
      if (stop != null && Date.now() - stop.at > stopTimeout) signalProcess(task, 'SIGKILL', true);
      await delay(adoptedPollMillis);
    }
    signalProcess(task, 'SIGKILL', true);
    const why = 'the agent of the task died; how the task ended is unknown';
    await this.#settle(taskArn, describeLostEnd(state.startedAt, Date.now(), why));
  }

  async #settle(taskArn: string, end: TaskEnd): Promise<void> {
    const task = this.#tasks.get(taskArn);
    if (task === undefined || task.end !== null) return;
    const settled: StoredTask = { ...task, end };
    // Told also when the disk refuses to note it: it ended all the same, and a later process learns of it anew.
    await this.#save(settled).catch((error: unknown) => this.#complain(taskArn, error));
    this.#promiseOf(taskArn).resolve(settled);
    this.#options.onStopped(settled);
  }

  /** Refreshes what a task's agent has written since: when it started. */
  async refresh(taskArn: string): Promise<StoredTask | undefined> {
    const task = this.#tasks.get(taskArn);
    if (task === undefined || task.end !== null || task.startedAt !== null) return task;
    const state = await this.#agentState(taskArn);
    // It may have ended while its agent's word was read: what is refreshed is what is known now.
    const known = this.#tasks.get(taskArn);
    if (state === undefined || known === undefined || known.end !== null) return known;
    return await this.#save({ ...known, startedAt: state.startedAt });
  }

  /** Nobody waits for this work: what goes wrong in it must not end the cloud. */
  #inBackground(taskArn: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.#complain(taskArn, error));
  }

  #complain(taskArn: string, error: unknown): void {
    this.#options.complain(`${taskArn}: ${messageOf(error)}`);
  }

  #agentState(taskArn: string): Promise<AgentState | undefined> {
    return readAgentState(this.#folderOf(taskArn));
  }

  /** Resolves once the disk knows this task, or something newer about it. `task`: from what is known now. */
  async #save(task: StoredTask): Promise<StoredTask> {
    const { taskArn } = task;
    // In memory first: what settles while the disk is busy must not be undone by an older copy.
    this.#tasks.set(taskArn, task);
    const before = this.#writing.get(taskArn) ?? Promise.resolve();
    // One after another, each the newest there is: two writes at once might land in either order.
    const writing = before
      .catch(() => undefined)
      .then(() =>
        writeWhole(
          join(this.#folderOf(taskArn), 'task.json'),
          JSON.stringify(this.#tasks.get(taskArn) ?? task),
          { replace: true, mode: 0o600 },
        ),
      );
    this.#writing.set(taskArn, writing);
    await writing;
    if (this.#writing.get(taskArn) === writing) this.#writing.delete(taskArn);
    return task;
  }

  #folderOf(taskArn: string): string {
    return join(this.#options.tasksFolder, taskArn.split('/').at(-1) ?? '');
  }

  #promiseOf(taskArn: string): PromiseWithResolvers<StoredTask> {
    const known = this.#stopped.get(taskArn) ?? Promise.withResolvers<StoredTask>();
    this.#stopped.set(taskArn, known);
    return known;
  }
}

/** ECS says in the first word of a reason what kind it is. */
function reasonOf(error: unknown): string {
  return error instanceof NotStarted ? error.message : `ResourceInitializationError: ${messageOf(error)}`;
}

/** ECS says of a task that was stopped before it started who stopped it, not that it could not start. */
function neverBegan(task: StoredTask | undefined, why: string): TaskEnd {
  const end = failedToStart(`CannotStartContainerError: ${why}`);
  const stop = task?.stopRequested;
  return stop == null ? end : { ...end, stopCode: 'UserInitiated', stoppedReason: stop.reason };
}

function failedToStart(reason: string): TaskEnd {
  return {
    stopCode: 'TaskFailedToStart',
    stoppedReason: reason,
    exitCode: null,
    startedAt: null,
    stoppedAt: Date.now(),
  };
}
