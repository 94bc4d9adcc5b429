import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { CommandContext } from '../../bin/commands/command-context.ts';
import { showLogs } from '../../bin/commands/show-logs.ts';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { localPace, type Pace } from '../../lib/operator/pace.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import {
  type FakeExecution,
  type FakeExecutions,
  fakeTaskArn,
  startFakeExecutions,
  submitted,
} from '../fakes/fake-executions.ts';
import { awsError } from '../support/fake-aws.ts';
import { executionRecord, probeIntent, taskRecord } from '../support/launch-documents.ts';
import { refusedWith } from '../support/refused-with.ts';

const pace: Pace = {
  ...localPace,
  attempts: 1,
  poll: { shortest: 5, longest: 20 },
  patience: 20_000,
  visibility: 5_000,
  logSettle: 5_000,
};
const id = 'probe_20260221T020923Z';
const launchKey = `${id}/Run/0`;
const runControl = `evidence/local/run_control/${id}/`;
const marker = `@result {"key":"${runControl}launches/Run/0/result.json","schema":"fraud-platform/launch-result/v1","sha256":"${'a'.repeat(64)}"}`;
const succeeded = { type: 'ExecutionSucceeded', executionSucceededEventDetails: { output: '{}' } };

let fake: FakeExecutions;
let folder: string;
let environment: OperatorEnvironment;
before(async () => {
  fake = await startFakeExecutions();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'show-logs-'));
  const loopback = { endpoint: fake.aws.url, accessKey: 'key' };
  environment = {
    name: 'local',
    account: '000000000000',
    region: 'eu-west-2',
    clients: connectCloud({ region: 'eu-west-2', loopback, pace }),
    evidence: createFolderStore(join(folder, 'evidence')),
    mirror: createFolderStore(join(folder, 'mirror')),
  };
  await put('intent.json', probeIntent(id));
});
afterEach(async () => {
  fake.executions.clear();
  fake.logs.clear();
  fake.interrupt = undefined;
  environment.clients.close();
  await rm(folder, { recursive: true, force: true });
});
after(() => fake.close());

const put = (name: string, content: JsonObject) =>
  environment.evidence.putIfAbsent(`${runControl}${name}`, canonicalBytes(content));

/** An execution whose task runs and has written these lines. */
function running(...lines: string[]): FakeExecution {
  const execution = fake.add(id);
  execution.events.push(submitted(launchKey, fakeTaskArn('a')));
  fake.logs.set('a', lines);
  return execution;
}

function end(execution: FakeExecution, event: FakeExecution['events'][number]): void {
  execution.events.push(event);
  execution.running = false;
}

/** The task stops, is recorded, and the execution succeeds. */
async function endWell(execution: FakeExecution): Promise<void> {
  await put('launches/Run/0/task-record.json', {});
  end(execution, succeeded);
}

/** Runs `logs --follow`; `onLine` is told each line as it is printed, `onProgress` what is said beside them. */
async function follow(
  onLine: (line: string) => void = () => undefined,
  onProgress: (line: string) => void = () => undefined,
) {
  const lines: string[] = [];
  const tasks = new Set<unknown>();
  const context: CommandContext = {
    output: {
      json: false,
      progress: onProgress,
      part: () => undefined,
      result: (line, { task }) => {
        lines.push(line);
        tasks.add(task);
        onLine(line);
      },
    },
    openEnvironment: async () => environment,
    environmentName: 'local',
    signal: AbortSignal.timeout(60_000),
    now: () => Date.now(),
  };
  const exitCode = await showLogs(context, id, true);
  return { exitCode, lines, tasks: [...tasks] };
}

test('who follows right after a start waits until the execution is visible', async () => {
  let asked = 0;
  fake.interrupt = ({ operation }) => {
    if (!operation.endsWith('GetExecutionHistory')) return undefined;
    asked += 1;
    if (asked === 4) ending = endWell(running('one'));
    return undefined;
  };
  let ending: Promise<void> | undefined;
  assert.deepEqual(await follow(), { exitCode: 0, lines: ['one'], tasks: ['a'] });
  await ending;
});

test('what the log service delivers after the end is shown, to the marker', async () => {
  const execution = running('one');
  await put('launches/Run/0/result.json', {});
  let readAfterEnd = 0;
  fake.interrupt = ({ operation }) => {
    if (execution.running || !operation.endsWith('GetLogEvents')) return undefined;
    readAfterEnd += 1;
    if (readAfterEnd === 12) fake.logs.set('a', ['one', 'two', marker]);
    return undefined;
  };
  const { exitCode, lines } = await follow(() => {
    if (execution.running) end(execution, succeeded);
  });
  assert.deepEqual([exitCode, lines], [0, ['one', 'two', marker]]);
});

test('what a task writes while it is stopped is shown, to the marker: its execution ended before', async () => {
  const execution = running('one');
  let readAfterEnd = 0;
  fake.interrupt = ({ operation }) => {
    if (execution.running || !operation.endsWith('GetLogEvents')) return undefined;
    readAfterEnd += 1;
    if (readAfterEnd === 12) ending = endOnRequest();
    return undefined;
  };
  let ending: Promise<void> | undefined;
  const endOnRequest = async () => {
    await put('launches/Run/0/result.json', {});
    fake.logs.set('a', ['one', 'flushed', marker]);
    await put('launches/Run/0/task-record.json', {});
  };
  const said: string[] = [];
  const { exitCode, lines } = await follow(
    () => {
      if (execution.running) end(execution, { type: 'ExecutionAborted' });
    },
    (line) => said.push(line),
  );
  await ending;
  assert.deepEqual([exitCode, lines, said], [0, ['one', 'flushed', marker], []]);
});

for (const [what, answer] of [
  ['a throttle', awsError('ThrottlingException', 400)],
  ['an expired session', awsError('ExpiredTokenException', 400)],
] as const) {
  test(`${what} does not end a follower: it says so, and asks on`, async () => {
    const execution = running('one');
    const said: string[] = [];
    let ending: Promise<void> | undefined;
    const { exitCode, lines } = await follow(
      () => {
        if (execution.running && said.length === 0) fake.interrupt = () => answer;
      },
      (line) => {
        said.push(line);
        if (fake.interrupt === undefined) return;
        fake.interrupt = undefined;
        fake.logs.set('a', ['one', 'two']);
        ending = endWell(execution);
      },
    );
    await ending;
    assert.deepEqual([exitCode, lines], [0, ['one', 'two']]);
    assert.match(said[0] ?? '', /does not answer/);
    assert.match(said[1] ?? '', /answers again/);
  });
}

test('of an execution that the state machine has forgotten, the tasks of its records are read', async () => {
  await environment.evidence.putIfAbsent(`${runControl}execution-record.json`, executionRecord(id));
  await put(
    'launches/Run/0/task-record.json',
    taskRecord(launchKey, { task_arn: fakeTaskArn('a'), exit_code: 1 }),
  );
  fake.logs.set('a', ['one']);
  assert.deepEqual(await follow(), { exitCode: 0, lines: ['one'], tasks: ['a'] });
});

test('an execution that ends before its task writes has no lines', async () => {
  end(fake.add(id), succeeded);
  await assert.rejects(follow(), refusedWith('NO_LOG_LINES'));
});
