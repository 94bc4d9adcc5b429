import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../files/write-whole.ts';
import { messageOf } from '../../vocabulary/failure.ts';
import type { StoredTask } from './ecs-task.ts';
import type { RegisteredDefinition } from './registered-definitions.ts';
import type { TaskRegistry } from './task-registry.ts';

export type ServiceRegistryOptions = {
  /** Where the wanted counts are kept. */
  readonly folder: string;
  readonly tasks: TaskRegistry;
  readonly clusterArn: string;
  /** Services by name, each with the definition that its tasks start from. */
  readonly services: ReadonlyMap<string, RegisteredDefinition>;
  readonly complain: (line: string) => void;
};

/** The tasks of a service share one port of this machine, so there can be one at a time. */
export const highestDesiredCount = 1;

/** A task that lived shorter than this failed to start; the next one waits, longer each time. */
const soundLifeMillis = 10_000;
const longestBackoffMillis = 30_000;

const storedSchema = z.object({ desiredCount: z.int().min(0) });

/** The services of this cloud: each keeps as many tasks as are wanted of it, across restarts of the cloud. */
export class ServiceRegistry {
  readonly #options: ServiceRegistryOptions;
  readonly #desired = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #busy = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: ServiceRegistryOptions) {
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#options.services.has(name);
  }

  names(): readonly string[] {
    return [...this.#options.services.keys()];
  }

  desiredCountOf(name: string): number {
    return this.#desired.get(name) ?? 0;
  }

  /** Tasks of a service that run or are about to. */
  tasksOf(name: string): readonly StoredTask[] {
    return this.#options.tasks
      .list()
      .filter(
        ({ group, end, stopRequested }) => group === groupOf(name) && end === null && stopRequested === null,
      );
  }

  /** Takes up the wanted counts that an earlier process of this cloud kept. */
  async restore(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true });
    for (const name of this.names()) {
      const text = await readFile(this.#fileOf(name), 'utf8').catch(() => undefined);
      const stored = text === undefined ? undefined : storedSchema.safeParse(JSON.parse(text)).data;
      this.#desired.set(name, stored?.desiredCount ?? 0);
      await this.#reconcile(name);
    }
  }

  async want(name: string, desiredCount: number): Promise<void> {
    this.#desired.set(name, desiredCount);
    this.#failures.delete(name);
    await writeWhole(this.#fileOf(name), JSON.stringify({ desiredCount }), { replace: true, mode: 0o600 });
    await this.#reconcile(name);
  }

  /** To be told of every task that stopped: one of ours may be missed. */
  taskStopped(task: StoredTask): void {
    const name = this.names().find((service) => groupOf(service) === task.group);
    if (name === undefined || task.end === null) return;
    const life = task.end.stoppedAt - (task.end.startedAt ?? task.end.stoppedAt);
    const failed = task.stopRequested === null && life < soundLifeMillis;
    this.#failures.set(name, failed ? (this.#failures.get(name) ?? 0) + 1 : 0);
    if (failed) this.#options.complain(`${name}: its task ended after ${life} ms, ${task.end.stoppedReason}`);
    void this.#reconcile(name);
  }

  /** Starts nothing any more; what runs runs on. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#waiting.values()) clearTimeout(timer);
  }

  /** One after the other for each service, or two looks at one gap would fill it twice. */
  async #reconcile(name: string): Promise<void> {
    await this.#inTurn(name, () => this.#fit(name));
  }

  async #inTurn(name: string, act: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(name) ?? Promise.resolve();
    const work = before
      .then(act)
      .catch((error: unknown) => this.#options.complain(`${name}: ${messageOf(error)}`));
    this.#busy.set(name, work);
    await work;
  }

  async #fit(name: string): Promise<void> {
    const definition = this.#options.services.get(name);
    if (this.#closed || definition === undefined) return;
    const running = this.tasksOf(name);
    const desired = this.desiredCountOf(name);
    for (const task of running.slice(desired)) {
      await this.#options.tasks.stop(task.taskArn, `Scaling activity initiated by ${name}`);
    }
    if (running.length >= desired) return;
    const failures = this.#failures.get(name) ?? 0;
    if (failures > 0 && !this.#waiting.has(name)) {
      const backoff = Math.min(longestBackoffMillis, 250 * 2 ** failures);
      const timer = setTimeout(() => {
        this.#waiting.delete(name);
        void this.#inTurn(name, () => this.#launch(name, definition));
      }, backoff);
      this.#waiting.set(name, timer.unref());
    } else if (failures === 0) await this.#launch(name, definition);
  }

  async #launch(name: string, definition: RegisteredDefinition): Promise<void> {
    if (this.#closed || this.tasksOf(name).length >= this.desiredCountOf(name)) return;
    // The one before it may still be draining, and holds the port until it is gone.
    const draining = this.#options.tasks
      .list()
      .filter(({ group, end }) => group === groupOf(name) && end === null);
    await Promise.all(draining.map(({ taskArn }) => this.#options.tasks.whenStopped(taskArn)));
    await this.#options.tasks.run({
      definition: definition.definition,
      definitionArn: definition.arn,
      clusterArn: this.#options.clusterArn,
      overrides: { containerOverrides: [] },
      tags: [],
      clientToken: null,
      startedBy: `ecs-svc/${name}`,
      group: groupOf(name),
    });
  }

  #fileOf(name: string): string {
    return join(this.#options.folder, `${name}.json`);
  }
}

function groupOf(name: string): string {
  return `service:${name}`;
}
