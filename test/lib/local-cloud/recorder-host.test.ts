import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { localEnvironment, runControlPrefix, stateMachineName } from '../../../config/names.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import type { EvidenceStore } from '../../../lib/evidence/stores/evidence-store.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { Execution } from '../../../lib/local-cloud/executions/execution.ts';
import { createRecorderHost, type RecorderHost } from '../../../lib/local-cloud/hosts/recorder-host.ts';
import { noInterference } from '../../../lib/local-cloud/interference.ts';
import { TaskRegistry } from '../../../lib/local-cloud/task-runner/task-registry.ts';
import { gateWorkflow } from '../../../lib/recorder/gate-lease.ts';
import { type ExecutionRecord, executionRecordSchema } from '../../../lib/recorder/task-record.ts';
import { executionIdSchema } from '../../../lib/vocabulary/identifiers.ts';

const executionId = executionIdSchema.parse('m10_20260221T020923Z');
const key = `${runControlPrefix(localEnvironment, executionId)}execution-record.json`;

let folder: string;
let store: EvidenceStore;
let complaints: string[];
let execution: Execution;
let tasks: TaskRegistry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recorder-host-'));
  store = createFolderStore(folder);
  complaints = [];
  execution = await abortedExecution('arn:machine');
  tasks = new TaskRegistry({
    tasksFolder: join(folder, 'tasks'),
    logFileOf: () => join(folder, 'log'),
    entryPoint: [],
    readSecret: assert.fail,
    startAgent: assert.fail,
    beforeStart: async () => undefined,
    onStopped: () => undefined,
    complain: assert.fail,
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function abortedExecution(stateMachineArn: string): Promise<Execution> {
  const aborted = new Execution(
    { arn: 'arn:execution', name: executionId, stateMachineArn, input: '{}', startedAt: 1 },
    {
      definition: {
        Comment: 'Ends at once.',
        StartAt: 'Done',
        TimeoutSeconds: 5,
        States: { Done: { Type: 'Succeed' } },
      },
      handlerOf: assert.fail,
      onEvent: () => undefined,
      onEnded: () => undefined,
    },
  );
  aborted.abort('StoppedByOperator', '');
  await aborted.run();
  return aborted;
}

function startRecorder(scaleGateToZero: () => Promise<void> = assert.fail): RecorderHost {
  return createRecorderHost(
    localEnvironment,
    store,
    {
      tasks: () => tasks,
      executions: () => [execution],
      gateIsWanted: () => false,
      scaleGateToZero,
    },
    noInterference,
    (line) => complaints.push(line),
  );
}

async function kept(): Promise<ExecutionRecord> {
  const content = (await store.get(key)) ?? assert.fail('no record is kept');
  return executionRecordSchema.parse(JSON.parse(Buffer.from(content).toString()));
}

/** What the recorder keeps of the aborted execution, and then another end of it in its place. */
async function keepAnotherEnd(): Promise<void> {
  startRecorder().sweep();
  while ((await store.get(key)) === undefined) await delay(5);
  const record = await kept();
  assert.equal(record.status, 'ABORTED');
  await rm(join(folder, key));
  await store.putIfAbsent(key, canonicalBytes({ ...record, status: 'SUCCEEDED' }));
}

test('A record that tells of another end stays, and the recorder complains', async () => {
  await keepAnotherEnd();
  const recorder = startRecorder();
  recorder.executionEnded(execution);
  await recorder.idle();
  assert.equal(complaints.length, 1);
  assert.match(complaints[0] ?? '', /^recorder: .*status is kept as SUCCEEDED, and told as ABORTED/);
  assert.equal((await kept()).status, 'SUCCEEDED');
});

test('A sweep complains of a contradiction once, however often it looks', async () => {
  await keepAnotherEnd();
  const recorder = startRecorder();
  for (let look = 0; look < 3; look += 1) {
    recorder.sweep();
    await recorder.idle();
  }
  assert.equal(complaints.length, 1);
});

test('A sweep does again what failed beside a record that it made, until it is done', async () => {
  execution = await abortedExecution(`arn:${stateMachineName(localEnvironment, gateWorkflow)}`);
  let asked = 0;
  const recorder = startRecorder(async () => {
    asked += 1;
    if (asked === 1) throw new Error('the gate does not answer');
  });
  for (let look = 0; look < 3; look += 1) {
    recorder.sweep();
    await recorder.idle();
  }
  assert.equal((await kept()).status, 'ABORTED');
  assert.deepEqual(complaints, ['recorder: the gate does not answer']);
  assert.equal(asked, 2);
});
