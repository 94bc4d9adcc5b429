import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { containerName, launchTags, localEnvironment } from '../../../config/names.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { Execution } from '../../../lib/local-cloud/executions/execution.ts';
import { ExecutionRegistry } from '../../../lib/local-cloud/executions/execution-registry.ts';
import { Journal, parseJournal } from '../../../lib/local-cloud/executions/journal.ts';
import { startReaperHost } from '../../../lib/local-cloud/hosts/reaper-host.ts';
import { createRecorderHost } from '../../../lib/local-cloud/hosts/recorder-host.ts';
import { noInterference } from '../../../lib/local-cloud/interference.ts';
import { localAccount, localRegion } from '../../../lib/local-cloud/local-identity.ts';
import type { AgentEvents } from '../../../lib/local-cloud/task-runner/start-agent.ts';
import { TaskRegistry } from '../../../lib/local-cloud/task-runner/task-registry.ts';
import { launchVariables } from '../../../lib/task-contracts/launch-environment.ts';
import { probeContract } from '../../../lib/task-contracts/probe.ts';
import { renderTaskDefinition } from '../../../lib/task-contracts/task-definition.ts';
import type { StateMachine } from '../../../lib/workflows/state-machine.ts';
import { nowhere } from '../../support/nowhere.ts';

const executionId = 'm10_20260221T020923Z';
const clusterArn = `arn:aws:ecs:${localRegion}:${localAccount}:cluster/c`;
const definition = renderTaskDefinition(
  { ...probeContract, settings: {}, secrets: {} },
  {
    environment: localEnvironment,
    account: localAccount,
    region: localRegion,
    ...nowhere,
  },
);

const ends: StateMachine = {
  Comment: 'Ends at once.',
  StartAt: 'Done',
  TimeoutSeconds: 5,
  States: { Done: { Type: 'Succeed' } },
};

let folder: string;
let tasks: TaskRegistry;
let complaints: string[];
/** Tasks that stopped, and tasks that were asked to, by the folder of each. */
let told: string[];
let asked: string[];
/** Agents in the order of their tasks. */
let agents: { readonly folder: string; readonly events: AgentEvents }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'full-disk-'));
  complaints = [];
  told = [];
  asked = [];
  agents = [];
  tasks = new TaskRegistry({
    tasksFolder: folder,
    logFileOf: () => join(folder, 'log'),
    entryPoint: [],
    readSecret: async () => '',
    startAgent: (taskFolder, _, events) => {
      agents.push({ folder: taskFolder, events });
      return { stop: () => asked.push(taskFolder) };
    },
    beforeStart: async () => undefined,
    onStopped: ({ taskArn }) => told.push(taskArn),
    complain: (line) => complaints.push(line),
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts tasks that the disk takes no more word of: whoever is root writes into every folder that is there. */
async function startOnFullDisk(count: number, deadline = '2026-02-21T02:30:00.000Z'): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await tasks.run({
      definition,
      definitionArn: 'probe:1',
      clusterArn,
      overrides: {
        containerOverrides: [
          {
            name: containerName,
            environment: [{ name: launchVariables.launchKey, value: `${executionId}/Run/${number}` }],
          },
        ],
      },
      tags: [{ key: launchTags.deadline, value: deadline }],
      clientToken: null,
      startedBy: null,
      group: null,
    });
    while (agents.length <= number) await new Promise(setImmediate);
    await rm(agents[number]?.folder ?? assert.fail(), { recursive: true });
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

test('The reaper ends every overdue task of which the disk takes no note, and complains', async () => {
  await startOnFullDisk(2);
  mock.timers.enable({ apis: ['setInterval'] });
  const stopReaper = startReaperHost(tasks, (line) => complaints.push(line));
  try {
    mock.timers.tick(10_000);
    await until(() => asked.length === 2);
    await until(() => complaints.filter((line) => line.includes('ENOENT')).length === 2);
  } finally {
    stopReaper();
    mock.timers.reset();
  }
});

test('The recorder stops all tasks of an execution that ended, also after one that it could not', async () => {
  await startOnFullDisk(2);
  const recorder = createRecorderHost(
    localEnvironment,
    createFolderStore(join(folder, 'evidence')),
    {
      tasks: () => tasks,
      executions: () => [],
      gateIsWanted: () => false,
      scaleGateToZero: async () => undefined,
    },
    noInterference,
    (line) => complaints.push(line),
  );
  const execution = new Execution(
    { arn: 'arn:execution', name: executionId, stateMachineArn: 'arn:machine', input: '{}', startedAt: 1 },
    { definition: ends, handlerOf: assert.fail, onEvent: () => undefined, onEnded: () => undefined },
  );
  execution.abort('StoppedByOperator', '');
  await execution.run();
  recorder.executionEnded(execution);
  await recorder.idle();
  assert.equal(asked.length, 2);
  assert.match(complaints.join('\n'), /^recorder: .*ENOENT.*; .*ENOENT/);
});

test('A task whose end the disk does not take is told as ended, and the cloud lives', async () => {
  await startOnFullDisk(1);
  const [task] = tasks.list();
  agents[0]?.events.ended();
  const { end } = await tasks.whenStopped(task?.taskArn ?? '');
  assert.equal(end?.stopCode, 'TaskFailedToStart');
  assert.deepEqual(told, [task?.taskArn]);
  assert.match(complaints.join('\n'), /ENOENT/);
});

test('A task that the disk refused is none that a later launch could find', async () => {
  // A folder can be made there, a file in it not: its path would be too long.
  const tasksFolder = join(folder, ...Array.from({ length: 40 }, () => 'x'.repeat(99))).slice(0, 4_040);
  const refused = new TaskRegistry({
    tasksFolder,
    logFileOf: () => join(folder, 'log'),
    entryPoint: [],
    readSecret: async () => '',
    startAgent: () => assert.fail('started'),
    beforeStart: async () => undefined,
    onStopped: ({ taskArn }) => assert.fail(taskArn),
    complain: assert.fail,
  });
  const running = refused.run({
    definition,
    definitionArn: 'probe:1',
    clusterArn,
    overrides: { containerOverrides: [] },
    tags: [],
    clientToken: 'token',
    startedBy: null,
    group: null,
  });
  await assert.rejects(running, { code: 'ENAMETOOLONG' });
  assert.deepEqual(refused.list(), []);
});

test('A journal that the disk refuses ends no execution, and is made up for once the disk takes it', async () => {
  const journal = new Journal(folder);
  const started = { kind: 'started' as const, arn: 'a', name: 'n', workflow: 'w', stateMachineArn: 'm' };
  const file = join(folder, 'n.jsonl');
  const event = (id: number) => ({
    kind: 'event' as const,
    event: { id, previousEventId: id - 1, type: 'PassStateEntered', timestamp: id },
  });
  await mkdir(file);
  assert.throws(() => journal.append('n', { ...started, input: '{"refused":true}', startedAt: 1 }));
  await rmdir(file);
  journal.append('n', { ...started, input: '{}', startedAt: 2 });
  const before = await readFile(file);
  await rm(file);
  await mkdir(file);
  for (const id of [1, 2]) assert.throws(() => journal.append('n', event(id)));
  await rmdir(file);
  await writeFile(file, before);
  journal.append('n', event(3));
  const read = parseJournal(await readFile(file, 'utf8'));
  assert.deepEqual([read?.started.input, read?.events.map(({ id }) => id)], ['{}', [1, 2, 3]]);
});

test('An execution whose journal is refused goes to its end', async () => {
  const stateMachineArn = `arn:aws:states:${localRegion}:${localAccount}:stateMachine:fraud-platform-local-w`;
  const ended: string[] = [];
  const executions = new ExecutionRegistry({
    environment: localEnvironment,
    region: localRegion,
    account: localAccount,
    definitions: { w: ends },
    handlers: {},
    journal: new Journal(folder),
    onEnded: ({ status }) => ended.push(status),
    complain: (line) => complaints.push(line),
  });
  executions.start(stateMachineArn, 'n', '{}');
  rmSync(join(folder, 'n.jsonl'));
  mkdirSync(join(folder, 'n.jsonl'));
  await until(() => ended.length > 0);
  assert.deepEqual(ended, ['SUCCEEDED']);
  assert.match(complaints.join('\n'), /^journal of n: EISDIR/);
});

test('A log that the disk does not take loses its lines, not the cloud', {
  skip: !existsSync('/dev/full'),
}, () => {
  const program = `
    const { openServerLog } = await import(${JSON.stringify(import.meta.resolve('../../../lib/local-cloud/server-log.ts'))});
    const log = openServerLog(process.stderr);
    log('first');
    setTimeout(() => { log('second'); console.log('lives'); }, 1);
  `;
  const full = openSync('/dev/full', 'w');
  try {
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', full],
      encoding: 'utf8',
    });
    assert.deepEqual([stdout, status], ['lives\n', 0]);
  } finally {
    closeSync(full);
  }
});
