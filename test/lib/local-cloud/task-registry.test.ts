import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { storedTaskSchema } from '../../../lib/local-cloud/task-runner/ecs-task.ts';
import type { AgentEvents } from '../../../lib/local-cloud/task-runner/start-agent.ts';
import { TaskRegistry } from '../../../lib/local-cloud/task-runner/task-registry.ts';
import { probeContract } from '../../../lib/task-contracts/probe.ts';
import { renderTaskDefinition } from '../../../lib/task-contracts/task-definition.ts';
import { nowhere } from '../../support/nowhere.ts';

const clusterArn = 'arn:aws:ecs:eu-west-2:000000000000:cluster/c';
const definition = renderTaskDefinition(
  { ...probeContract, settings: {}, secrets: {} },
  {
    environment: 'local',
    account: '000000000000',
    region: 'eu-west-2',
    ...nowhere,
  },
);

/** A registry whose one task runs, by the word of an agent that the test speaks for. */
async function withRunningTask(
  check: (running: {
    readonly registry: TaskRegistry;
    readonly taskArn: string;
    readonly folder: string;
    readonly agent: AgentEvents;
    readonly stopped: readonly string[];
    readonly complaints: readonly string[];
  }) => Promise<void>,
): Promise<void> {
  const tasksFolder = await mkdtemp(join(tmpdir(), 'registry-'));
  const started = Promise.withResolvers<{ folder: string; agent: AgentEvents }>();
  const stopped: string[] = [];
  const complaints: string[] = [];
  const registry = new TaskRegistry({
    tasksFolder,
    logFileOf: () => join(tasksFolder, 'log'),
    entryPoint: [],
    readSecret: async () => '',
    startAgent: (folder, _, agent) => {
      started.resolve({ folder, agent });
      return { stop: () => undefined };
    },
    beforeStart: async () => undefined,
    onStopped: ({ taskArn }) => stopped.push(taskArn),
    complain: (line) => complaints.push(line),
  });
  try {
    const { taskArn } = await registry.run({
      definition,
      definitionArn: 'probe:1',
      clusterArn,
      overrides: { containerOverrides: [] },
      tags: [],
      clientToken: null,
      startedBy: null,
      group: null,
    });
    const { folder, agent } = await started.promise;
    const state = {
      agent: process.pid,
      agentTicks: '',
      pid: process.pid,
      pidTicks: '',
      startedAt: Date.now(),
      stoppedAt: null,
      exitCode: null,
      signal: null,
      failure: null,
    };
    await writeFile(join(folder, 'agent.json'), JSON.stringify(state));
    await check({ registry, taskArn, folder, agent, stopped, complaints });
  } finally {
    await rm(tasksFolder, { recursive: true, force: true });
  }
}

test('A task that ends while someone looks when it started stays ended', async () => {
  await withRunningTask(async ({ registry, taskArn, folder, agent, stopped }) => {
    const looking = registry.refresh(taskArn);
    agent.failed(new Error('gone'));
    const seen = await looking;
    await registry.whenStopped(taskArn);

    assert.equal(seen?.end?.stopCode, 'TaskFailedToStart');
    assert.equal(registry.find(taskArn)?.end?.stopCode, 'TaskFailedToStart');
    const stored = async () =>
      storedTaskSchema.parse(JSON.parse(await readFile(join(folder, 'task.json'), 'utf8')));
    // Once it is told, the disk knows it too, or a cloud that is started again would not.
    while (stopped.length === 0) await new Promise(setImmediate);
    assert.equal((await stored()).end?.stopCode, 'TaskFailedToStart');
    assert.deepEqual(stopped, [taskArn]);
  });
});

test('The disk keeps the newest of what was learnt of a task at once', async () => {
  await withRunningTask(async ({ registry, taskArn, folder }) => {
    const asked = await Promise.all([
      registry.stop(taskArn, 'first'),
      registry.refresh(taskArn),
      registry.stop(taskArn, 'second'),
    ]);
    assert.equal(asked[0].stopRequested?.reason, 'first');
    const stored = storedTaskSchema.parse(JSON.parse(await readFile(join(folder, 'task.json'), 'utf8')));
    assert.deepEqual(stored, registry.find(taskArn));
    assert.equal(stored.stopRequested?.reason, 'first');
    assert.notEqual(stored.startedAt, null);
  });
});

test('A task that is stopped before it begins was stopped; one whose agent is gone by itself never started', async () => {
  const endOf = async (isStopped: boolean) => {
    let end: unknown;
    await withRunningTask(async ({ registry, taskArn, folder, agent }) => {
      await rm(join(folder, 'agent.json'));
      if (isStopped) await registry.stop(taskArn, 'by hand');
      agent.ended();
      const { stopCode, stoppedReason, exitCode } =
        (await registry.whenStopped(taskArn)).end ?? assert.fail();
      end = { stopCode, stoppedReason, exitCode };
    });
    return end;
  };
  assert.deepEqual(await endOf(true), {
    stopCode: 'UserInitiated',
    stoppedReason: 'by hand',
    exitCode: null,
  });
  assert.deepEqual(await endOf(false), {
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'CannotStartContainerError: the agent ended before the task began',
    exitCode: null,
  });
});
