import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterName, localEnvironment, serviceName, stateMachineName } from '../../../config/names.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { composeCloud } from '../../../lib/local-cloud/compose-cloud.ts';
import { ExecutionRegistry } from '../../../lib/local-cloud/executions/execution-registry.ts';
import { Journal, type JournalLine } from '../../../lib/local-cloud/executions/journal.ts';
import { homeAt, prepareHome } from '../../../lib/local-cloud/home.ts';
import { noInterference } from '../../../lib/local-cloud/interference.ts';
import { localAccount, localRegion } from '../../../lib/local-cloud/local-identity.ts';
import { gateWorkflow } from '../../../lib/recorder/gate-lease.ts';
import { serviceContracts } from '../../../lib/task-contracts/catalogue.ts';
import { renderTaskDefinition } from '../../../lib/task-contracts/task-definition.ts';
import { type StateMachine, updateServiceResource } from '../../../lib/workflows/state-machine.ts';
import { nowhere } from '../../support/nowhere.ts';

const gate = serviceName(localEnvironment, 'gate');
const identity = { environment: localEnvironment, region: localRegion, account: localAccount };
const stateMachineArn = `arn:aws:states:${localRegion}:${localAccount}:stateMachine:${stateMachineName(localEnvironment, gateWorkflow)}`;
const names = { ended: 'm10_20260221T020923Z', live: 'm10_20260222T020923Z' };

const burst: StateMachine = {
  Comment: 'A burst as far as the gate goes.',
  StartAt: 'GateUp',
  TimeoutSeconds: 60,
  States: {
    GateUp: {
      Type: 'Task',
      Resource: updateServiceResource,
      TimeoutSeconds: 4,
      Parameters: {
        Cluster: `arn:aws:ecs:${localRegion}:${localAccount}:cluster/${clusterName(localEnvironment)}`,
        Service: gate,
        DesiredCount: 1,
      },
      ResultPath: '$.gate',
      Catch: [],
      Next: 'Lanes',
    },
    // The interpreter waits to the end even when nobody does any more.
    Lanes: { Type: 'Wait', Seconds: 4, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restored-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a cloud leaves that was killed during a burst, an earlier burst long over. */
function journalBursts(journalFolder: string): Journal {
  const journal = new Journal(journalFolder);
  const append = (name: string, startedAt: number, ...lines: readonly JournalLine[]) => {
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const started = { arn, name, workflow: gateWorkflow, stateMachineArn, input: '{}', startedAt };
    for (const line of [{ kind: 'started' as const, ...started }, ...lines]) journal.append(name, line);
  };
  append(names.ended, 1, { kind: 'ended', status: 'SUCCEEDED', stoppedAt: 2, output: '{}' });
  append(names.live, 3);
  return journal;
}

test('Who is told of an execution that ended before a restart finds those that run on', async () => {
  const told: string[] = [];
  const executions = new ExecutionRegistry({
    ...identity,
    definitions: { [gateWorkflow]: burst },
    handlers: { [updateServiceResource]: () => new Promise(() => undefined) },
    journal: journalBursts(folder),
    onEnded: ({ facts }) => {
      const running = executions.running().map((execution) => execution.facts.name);
      told.push(`${facts.name} while ${running.join()} runs`);
    },
    complain: assert.fail,
  });
  await executions.restore();
  for (const execution of executions.running()) await executions.stop(execution, 'End', '');
  assert.equal(told[0], `${names.ended} while ${names.live} runs`);
  assert.deepEqual(
    executions.list(stateMachineArn).map(({ facts }) => facts.name),
    [names.ended, names.live],
  );
});

test('A burst that is taken up has the gate that it wants, not what was wanted before', async () => {
  const home = homeAt(folder);
  await prepareHome(home);
  const wanted = join(home.services, `${gate}.json`);
  await writeFile(wanted, JSON.stringify({ desiredCount: 0 }));
  journalBursts(home.journal);
  const complaints: string[] = [];
  const stopped: string[] = [];
  const cloud = await composeCloud({
    home,
    identity,
    evidence: createFolderStore(home.evidence),
    accessKey: 'key',
    parameters: { read: async () => undefined, names: () => [], arnOf: (name) => name },
    renderDefinitions: () =>
      serviceContracts.map(({ database: _, ...contract }) =>
        renderTaskDefinition(
          { ...contract, settings: {}, secrets: {} },
          {
            ...identity,
            ...nowhere,
          },
        ),
      ),
    machines: { [gateWorkflow]: burst },
    entryPoint: [],
    startAgent: (taskFolder) => ({ stop: () => stopped.push(taskFolder) }),
    interference: noInterference,
    complain: (line) => complaints.push(line),
  });
  try {
    const [live] = cloud.executions.running();
    while (!live?.events.some(({ type }) => type === 'WaitStateEntered')) await delay(5);
    await cloud.recorder.idle();
    assert.equal(cloud.services.desiredCountOf(gate), 1);
    assert.deepEqual(JSON.parse(await readFile(wanted, 'utf8')), { desiredCount: 1 });
    assert.equal(cloud.services.tasksOf(gate).length, 1);
    assert.deepEqual([stopped, complaints], [[], []]);
  } finally {
    for (const execution of cloud.executions.running()) await cloud.executions.stop(execution, 'End', '');
    await cloud.recorder.idle();
    cloud.services.close();
    cloud.close();
  }
});
