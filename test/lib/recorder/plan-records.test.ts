import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { planRecords } from '../../../lib/recorder/plan-records.ts';
import { executionRecordSchema, taskRecordSchema } from '../../../lib/recorder/task-record.ts';

const launchKey = 'm10_20260221T020923Z/Run/0';
const variables = [
  { name: 'LAUNCH_KEY', value: launchKey },
  { name: 'LAUNCHED_FOR', value: 'dev-min' },
];
const taskEvent = (change: object = {}, environment = variables) => ({
  source: 'aws.ecs',
  'detail-type': 'ECS Task State Change',
  detail: {
    taskArn: 'arn:aws:ecs:eu-west-2:1:task/c/9cc52d0f',
    taskDefinitionArn: 'arn:aws:ecs:eu-west-2:1:task-definition/probe:7',
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    createdAt: '2026-02-21T02:12:50.000Z',
    startedAt: '2026-02-21T02:12:59.915Z',
    stoppedAt: '2026-02-21T02:35:46.010Z',
    containers: [{ exitCode: 0, imageDigest: 'sha256:1' }],
    overrides: { containerOverrides: [{ environment }] },
    ...change,
  },
});
const executionEvent = (status: string, change: object = {}) => ({
  source: 'aws.states',
  detail: {
    executionArn: 'arn:aws:states:eu-west-2:1:execution:one-shot:m10_20260221T020923Z',
    stateMachineArn: 'arn:aws:states:eu-west-2:1:stateMachine:one-shot',
    name: 'm10_20260221T020923Z',
    status,
    startDate: Date.UTC(2026, 1, 21),
    stopDate: Date.UTC(2026, 1, 21, 1),
    ...change,
  },
});

test('a stopped task is recorded under its launch', () => {
  const [action, ...others] = planRecords(taskEvent(), 'dev-min');
  assert.deepEqual(others, []);
  assert.ok(action?.kind === 'put');
  assert.equal(
    action.key,
    'evidence/dev-min/run_control/m10_20260221T020923Z/launches/Run/0/task-record.json',
  );
  const record = taskRecordSchema.parse(action.value);
  assert.deepEqual(
    [record.exit_code, record.started_at, record.stopped_at],
    [0, '2026-02-21T02:12:59.915Z', '2026-02-21T02:35:46.010Z'],
  );
});

const unknownExit: readonly [string, object][] = [
  ['no containers', { containers: [] }],
  ['a container without an exit code', { containers: [{ reason: 'CannotPullContainerError' }] }],
];
for (const [what, change] of unknownExit) {
  test(`${what}: the exit code is null, never 0`, () => {
    const [action] = planRecords(taskEvent(change), 'dev-min');
    assert.ok(action?.kind === 'put');
    assert.equal(taskRecordSchema.parse(action.value).exit_code, null);
  });
}

test('the reason of the container is kept beside that of the task', () => {
  const [action] = planRecords(
    taskEvent({ containers: [{ exitCode: 137, reason: 'OutOfMemoryError: killed' }] }),
    'dev-min',
  );
  assert.ok(action?.kind === 'put');
  assert.match(taskRecordSchema.parse(action.value).stopped_reason, /Essential container.*OutOfMemoryError/);
});

const ignored: readonly [string, unknown][] = [
  ['a task that runs', taskEvent({ lastStatus: 'RUNNING' })],
  ['a task without a launch key', taskEvent({}, [])],
  [
    'a task of another environment',
    taskEvent({}, [variables[0] ?? { name: '', value: '' }, { name: 'LAUNCHED_FOR', value: 'prod' }]),
  ],
  [
    'a malformed launch key',
    taskEvent({}, [
      { name: 'LAUNCH_KEY', value: '../../x/Run/0' },
      { name: 'LAUNCHED_FOR', value: 'dev-min' },
    ]),
  ],
  ['an execution that runs', executionEvent('RUNNING', { stopDate: null })],
  ['an execution of somebody else', executionEvent('FAILED', { name: 'nightly' })],
  ['an event of another service', { source: 'aws.s3', detail: {} }],
  ['nothing', null],
];
for (const [what, event] of ignored) {
  test(`${what} asks for nothing`, () => assert.deepEqual(planRecords(event, 'dev-min'), []));
}

for (const status of ['FAILED', 'TIMED_OUT', 'ABORTED'] as const) {
  test(`an execution that is ${status} has its tasks stopped, then is recorded`, () => {
    const [stop, put, ...others] = planRecords(
      executionEvent(status, { error: 'States.Timeout', cause: 'c'.repeat(9_000) }),
      'dev-min',
    );
    assert.deepEqual(others, []);
    assert.deepEqual(stop, {
      kind: 'stop-tasks',
      executionId: 'm10_20260221T020923Z',
      reason: `execution ${status}`,
    });
    assert.ok(put?.kind === 'put');
    const record = executionRecordSchema.parse(put.value);
    assert.equal(record.status, status);
    assert.equal(record.cause?.length, 4_096);
  });
}

test('a record can be written whatever is said: cut inside a pair, or ill-formed from the start', () => {
  const texts = [`${'c'.repeat(4_095)}\u{1f4a5}`, 'half \ud83d', '\udca5 half'];
  const events = texts.flatMap((text) => [
    taskEvent({ stoppedReason: text }),
    executionEvent('FAILED', { error: text, cause: text }),
  ]);
  const puts = events
    .flatMap((event) => planRecords(event, 'dev-min'))
    .flatMap((action) => (action.kind === 'put' ? [action.value] : []));
  assert.equal(puts.length, events.length);
  for (const value of puts) assert.doesNotThrow(() => canonicalBytes(value));
});

test('an execution that succeeded is recorded, and nothing is stopped', () => {
  assert.deepEqual(
    planRecords(executionEvent('SUCCEEDED'), 'dev-min').map(({ kind }) => kind),
    ['put'],
  );
});
