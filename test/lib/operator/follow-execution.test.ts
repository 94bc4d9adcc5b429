import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTasksCommand } from '@aws-sdk/client-ecs';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { connectCloud } from '../../../lib/operator/cloud-clients.ts';
import { type FollowEvent, followExecution } from '../../../lib/operator/follow-execution.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import { localPace, type Pace } from '../../../lib/operator/pace.ts';
import { fail } from '../../../lib/vocabulary/failure.ts';
import {
  type FakeExecution,
  type FakeExecutions,
  fakeExecutionArn,
  fakeTaskArn,
  startFakeExecutions,
  submitted,
} from '../../fakes/fake-executions.ts';
import { awsError } from '../../support/fake-aws.ts';
import { executionRecord } from '../../support/launch-documents.ts';
import { refusedWith } from '../../support/refused-with.ts';

const pace: Pace = {
  ...localPace,
  callMillis: 150,
  attempts: 2,
  backoff: { first: 2, longest: 5 },
  poll: { shortest: 5, longest: 20 },
  patience: 400,
  visibility: 150,
  logSettle: 300,
};
const id = 'm10_20260221T020923Z';
const arn = fakeExecutionArn(id);
const launchKey = `${id}/Run/0`;
const taskArn = fakeTaskArn('a');
const runControl = `evidence/local/run_control/${id}/`;

let fake: FakeExecutions;
let folder: string;
let environment: OperatorEnvironment;
before(async () => {
  fake = await startFakeExecutions();
  // The first call of a process loads half an SDK; the limit of a call here is too short for that.
  const clients = connectCloud({
    region: 'eu-west-2',
    loopback: { endpoint: fake.aws.url, accessKey: 'key' },
    pace: { ...pace, callMillis: 10_000 },
  });
  await Promise.allSettled([
    clients.stepFunctions.send(new DescribeExecutionCommand({ executionArn: arn })),
    clients.ecs.send(new DescribeTasksCommand({ tasks: [taskArn] })),
    clients.logs.send(new GetLogEventsCommand({ logStreamName: 'a' })),
  ]);
  clients.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'follow-'));
  environment = {
    name: 'local',
    account: '000000000000',
    region: 'eu-west-2',
    clients: connectCloud({
      region: 'eu-west-2',
      loopback: { endpoint: fake.aws.url, accessKey: 'key' },
      pace,
    }),
    evidence: createFolderStore(join(folder, 'evidence')),
    mirror: createFolderStore(join(folder, 'mirror')),
  };
});
afterEach(async () => {
  fake.executions.clear();
  fake.logs.clear();
  fake.aws.calls.length = 0;
  fake.interrupt = undefined;
  environment.clients.close();
  await rm(folder, { recursive: true, force: true });
});
after(() => fake.close());

/** Follows to the end; `onEvent` sees each event as it comes. */
async function follow(
  onEvent: (event: FollowEvent) => void = () => undefined,
  signal = new AbortController().signal,
): Promise<FollowEvent[]> {
  const events: FollowEvent[] = [];
  for await (const event of followExecution(environment, arn, 'probe', Date.now, signal)) {
    events.push(event);
    onEvent(event);
  }
  return events;
}
const kinds = (events: readonly FollowEvent[]) => events.map(({ kind }) => kind);

const succeeded = { type: 'ExecutionSucceeded', executionSucceededEventDetails: { output: '{}' } };
const marker = `@result {"key":"evidence/local/run_control/${id}/launches/Run/0/result.json","schema":"fraud-platform/launch-result/v1","sha256":"${'a'.repeat(64)}"}`;
const putResult = () =>
  environment.evidence.putIfAbsent(`${runControl}launches/Run/0/result.json`, canonicalBytes({}));

const putRecord = (launch: string = 'Run/0') =>
  environment.evidence.putIfAbsent(`${runControl}launches/${launch}/task-record.json`, canonicalBytes({}));
/** An execution that ended with this event; its one task has a log of one line. */
const endedWithOne = (end: FakeExecution['events'][number]) => {
  const execution = fake.add(id);
  execution.events.push(submitted(launchKey, taskArn), end);
  execution.running = false;
  fake.logs.set('a', ['one']);
};

test('an outage is said, and so is its end; nothing is shown twice', async () => {
  const execution = fake.add(id);
  execution.events.push(submitted(launchKey, taskArn));
  fake.logs.set('a', ['one']);
  await putResult();
  const events = await follow(({ kind }) => {
    if (kind === 'log' && fake.interrupt === undefined && execution.running) {
      fake.interrupt = () => awsError('InternalFailure', 500);
    }
    if (kind !== 'unreachable') return;
    fake.interrupt = undefined;
    fake.logs.set('a', ['one', 'two', marker]);
    execution.events.push(succeeded);
    execution.running = false;
  });
  assert.deepEqual(
    kinds(events).filter((kind) => kind !== 'log'),
    ['launched', 'unreachable', 'reachable', 'execution-ended'],
  );
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'log' ? [event.line] : [])),
    ['one', 'two', marker],
  );
});

test('an outage that outlasts the patience detaches with how to go on', async () => {
  fake.add(id);
  for (const [what, answer] of [
    ['throttled in disguise', awsError('InvalidParameterException', 400)],
    ['expired credentials', awsError('ExpiredTokenException', 400)],
    ['failing', awsError('InternalFailure', 500)],
  ] as const) {
    const body = { __type: 'X', message: 'Rate exceeded', ...Object(answer.body) };
    fake.interrupt = () =>
      what === 'throttled in disguise' ? { ...answer, body: { ...body, message: 'Rate exceeded' } } : answer;
    const seen: string[] = [];
    await assert.rejects(
      follow(({ kind }) => seen.push(kind)),
      refusedWith('CLOUD_UNREACHABLE'),
      what,
    );
    assert.equal(seen.at(-1), 'unreachable', what);
    assert.equal(seen.filter((kind) => kind === 'unreachable').length, 1, what);
  }
});

test('a history that is older than what was seen adds nothing and takes nothing back', async () => {
  const execution = fake.add(id);
  execution.events.push(submitted(launchKey, taskArn));
  await putRecord();
  let stale = 0;
  const whole = () => [...execution.events];
  const events = await follow(({ kind }) => {
    if (kind !== 'launched') return;
    const later = [...whole(), succeeded];
    execution.events.length = 1;
    setTimeout(() => {
      stale = fake.aws.calls.length;
      execution.events.splice(0, 1, ...later);
      execution.running = false;
    }, 60);
  });
  assert.ok(stale > 0);
  assert.deepEqual(kinds(events), ['launched', 'execution-ended']);
});

test('an execution that is not visible yet is waited for', async () => {
  setTimeout(() => {
    const execution = fake.add(id);
    execution.events.push(succeeded);
    execution.running = false;
  }, 50);
  assert.deepEqual(kinds(await follow()), ['execution-ended']);
});

test('an execution that nobody knows of was not started', async () => {
  await assert.rejects(follow(), refusedWith('EXECUTION_NOT_STARTED'));
});

test('of a forgotten execution the record is the end; without one, it is said to be forgotten', async () => {
  await environment.evidence.putIfAbsent(`${runControl}launches/Run/0/started.json`, canonicalBytes({}));
  assert.deepEqual(kinds(await follow()), ['forgotten']);
  await environment.evidence.putIfAbsent(`${runControl}execution-record.json`, executionRecord(id));
  const [end] = await follow();
  assert.deepEqual(end, {
    kind: 'execution-ended',
    at: Date.parse('2026-02-21T02:10:23.000Z'),
    status: 'FAILED',
    error: 'TaskFailed',
  });
});

/** Logs settle within so long, and a machine that is busy meanwhile is no cloud that does not answer. */
function settling(logSettle: number): void {
  environment.clients.close();
  const access = { region: 'eu-west-2', loopback: { endpoint: fake.aws.url, accessKey: 'key' } };
  const patient = { ...pace, callMillis: 5_000, logSettle };
  environment = { ...environment, clients: connectCloud({ ...access, pace: patient }) };
}

test('a log is drained to the marker, however late it comes', async () => {
  settling(5_000);
  const execution = fake.add(id);
  execution.events.push(submitted(launchKey, taskArn), succeeded);
  execution.running = false;
  await putResult();
  fake.logs.set('a', ['one']);
  const events = await follow(({ kind }) => {
    if (kind === 'execution-ended') setTimeout(() => fake.logs.set('a', ['one', 'two', marker]), 100);
  });
  assert.deepEqual(kinds(events), ['launched', 'log', 'execution-ended', 'log', 'log']);
});

test('a log whose marker never comes is said to be incomplete', async () => {
  endedWithOne(succeeded);
  await putResult();
  assert.equal((await follow()).at(-1)?.kind, 'log-incomplete');
});

test('the log of a task that stopped and left no result is at its end when it is read', async () => {
  endedWithOne(succeeded);
  await putRecord();
  // Waited for in vain, its last line would be said to be missing.
  assert.deepEqual(kinds(await follow()), ['launched', 'log', 'execution-ended']);
});

for (const type of ['ExecutionAborted', 'ExecutionTimedOut', 'ExecutionFailed']) {
  test(`${type}: a task without record may write yet, and is read until its record is there`, async () => {
    settling(5_000);
    endedWithOne({ type });
    let ending: Promise<unknown> | undefined;
    const endLater = async () => {
      await delay(100);
      fake.logs.set('a', ['one', 'cut off']);
      await putRecord();
    };
    const events = await follow(({ kind }) => {
      if (kind === 'execution-ended') ending = endLater();
    });
    await ending;
    assert.deepEqual(kinds(events), ['launched', 'log', 'execution-ended', 'log']);
  });
}

test('a task that nobody recorded is not waited for longer than logs settle, and its log is incomplete', async () => {
  endedWithOne({ type: 'ExecutionAborted' });
  const last = (await follow()).at(-1);
  assert.ok(last?.kind === 'log-incomplete');
  assert.match(last.why, /not recorded/);
});

test('a result that comes between two looks is not overlooked, and its marker waited for', async () => {
  settling(5_000);
  endedWithOne({ type: 'ExecutionAborted' });
  const { evidence } = environment;
  let asked = 0;
  const get: typeof evidence.get = async (key, signal) => {
    const content = await evidence.get(key, signal);
    asked += 1;
    // Two looks make a round: this is the first of the second.
    if (asked === 3) await putResult().then(() => putRecord());
    if (asked === 9) fake.logs.set('a', ['one', marker]);
    return content;
  };
  environment = { ...environment, evidence: { ...evidence, get } };
  const events = await follow();
  assert.ok(asked >= 9, `${asked} looks`);
  assert.deepEqual(kinds(events).toSorted(), ['execution-ended', 'launched', 'log', 'log']);
});

test('a last line gets the time that logs settle in from when its task is known to have ended', async () => {
  const logSettle = 2_000;
  settling(logSettle);
  endedWithOne({ type: 'ExecutionAborted' });
  let ending: Promise<unknown> | undefined;
  const endLater = async () => {
    await delay(0.6 * logSettle);
    await putResult();
    await delay(0.6 * logSettle);
    fake.logs.set('a', ['one', marker]);
  };
  const events = await follow(({ kind }) => {
    if (kind === 'execution-ended') ending = endLater();
  });
  await ending;
  assert.deepEqual(kinds(events), ['launched', 'log', 'execution-ended', 'log']);
});

const brokenStore = () =>
  fail({ exit: 'transient', code: 'EVIDENCE_STORE_UNAVAILABLE', message: 'down', remedy: 'Wait.' });
/** What the store does when it is read. */
const reading = (get: (signal: AbortSignal | undefined, key: string) => Promise<Uint8Array | undefined>) => {
  const { evidence } = environment;
  environment = { ...environment, evidence: { ...evidence, get: (key, signal) => get(signal, key) } };
};
/** An execution that ended, with so many tasks; each has a log of one line. */
const endedWith = (tasks: number) => {
  const execution = fake.add(id);
  for (let task = 0; task < tasks; task += 1) {
    execution.events.push(submitted(`${id}/Run/${task}`, fakeTaskArn(`t${task}`)));
    fake.logs.set(`t${task}`, ['one']);
  }
  execution.events.push(succeeded);
  execution.running = false;
};

test('a history that says nothing is no answer while the store does not answer', async () => {
  reading(async () => brokenStore());
  const seen: string[] = [];
  const following = follow(({ kind }) => {
    assert.notEqual(kind, 'reachable');
    seen.push(kind);
  });
  await assert.rejects(following, refusedWith('CLOUD_UNREACHABLE'));
  assert.deepEqual(seen, ['unreachable']);
});

test('of an outage each log in turn is not asked; the drain ends when it learns nothing', async () => {
  endedWith(40);
  let asked = 0;
  reading(async () => {
    asked += 1;
    await delay(pace.logSettle / 4);
    return brokenStore();
  });
  const events = await follow();
  assert.equal(events.filter(({ kind }) => kind === 'log-incomplete').length, 40);
  assert.ok(asked < 10, `${asked} reads`);
});

/** Answers nothing until it is called off. */
const silence = async (signal: AbortSignal | undefined) =>
  await delay(60_000, undefined, { ...(signal === undefined ? {} : { signal }), ref: false });

test('a store that never answers is not waited for longer than the drain may take', async () => {
  endedWith(2);
  reading(silence);
  const events = await follow();
  assert.equal(events.filter(({ kind }) => kind === 'log-incomplete').length, 2);
});

test('a log that cannot be read keeps no other from being read, ahead or at the end', async () => {
  const execution = fake.add(id);
  for (const task of ['t0', 't1']) {
    execution.events.push(submitted(`${id}/Run/${task.slice(1)}`, fakeTaskArn(task)));
  }
  fake.logs.set('t1', ['one']);
  await putRecord('Run/1');
  fake.interrupt = ({ body }) =>
    String(Reflect.get(Object(body), 'logStreamName')).endsWith('/t0')
      ? awsError('InternalFailure', 500)
      : undefined;
  const events = await follow(({ kind }) => {
    if (kind !== 'log' || !execution.running) return;
    fake.logs.set('t1', ['one', 'two']);
    execution.events.push(succeeded);
    execution.running = false;
  }, AbortSignal.timeout(20_000));
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'log' ? [event.line] : [])),
    ['one', 'two'],
  );
  const incomplete = events.flatMap((event) => (event.kind === 'log-incomplete' ? [event.launchKey] : []));
  assert.deepEqual(incomplete, [`${id}/Run/0`]);
});

test('who is called off while it drains ends by that, and not as if the logs were read', async () => {
  endedWith(1);
  const controller = new AbortController();
  reading(async (signal) => {
    controller.abort(new Error('enough'));
    return await silence(signal);
  });
  const following = follow(() => undefined, controller.signal);
  await assert.rejects(following, /enough/);
});

test('logs that answer are read to their end, even if all of them take longer than nothing new may', async () => {
  settling(1_000);
  endedWith(12);
  reading(async (_, key) => {
    await delay(60);
    return key.endsWith('task-record.json') ? canonicalBytes({}) : undefined;
  });
  const events = await follow();
  assert.equal(events.filter(({ kind }) => kind === 'log').length, 12);
  assert.equal(events.at(-1)?.kind, 'execution-ended');
});

test('who follows no more asks no more', async () => {
  fake.add(id);
  const controller = new AbortController();
  const following = (async () => {
    for await (const _ of followExecution(environment, arn, 'probe', Date.now, controller.signal));
  })();
  await delay(80);
  controller.abort(new Error('enough'));
  await assert.rejects(following);
  await delay(60);
  const calls = fake.aws.calls.length;
  await delay(100);
  assert.equal(fake.aws.calls.length, calls);
  assert.equal(environment.clients.look.followers, 0);
});
