import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import {
  awsError,
  type FakeAws,
  type LoadedHandler,
  loadHandler,
  startFakeAws,
} from '../../support/fake-aws.ts';
import { askedActions, grantedActions } from '../../support/granted-actions.ts';

const ecs = (operation: string) => `AmazonEC2ContainerServiceV20141113.${operation}`;
const cluster = 'fraud-platform-dev-min';
const service = 'fraud-platform-dev-min-gate';
const at = (time: string) => Date.parse(time) / 1_000;
const tick = { time: '2026-02-21T03:00:00Z' };

type FakeTask = {
  readonly id: string;
  readonly createdAt: string;
  readonly deadline?: string;
  readonly group?: string;
  readonly desiredStatus?: string;
};
let tasks: FakeTask[] = [];
let gate: object[] = [];
let bursts = 0;
let database = { status: 'available', tags: '' };
const done: string[] = [];
let fake: FakeAws;
let reaper: LoadedHandler;

before(async () => {
  fake = await startFakeAws({
    [ecs('ListTasks')]: () => ({ body: { taskArns: tasks.map(({ id }) => id) } }),
    [ecs('DescribeTasks')]: ({ body }) => {
      const { tasks: wanted } = z.object({ tasks: z.array(z.string()).max(100) }).parse(body);
      return {
        body: {
          tasks: tasks
            .filter(({ id }) => wanted.includes(id))
            .map(({ id, createdAt, deadline, group, desiredStatus }) => ({
              taskArn: id,
              createdAt: at(createdAt),
              desiredStatus: desiredStatus ?? 'RUNNING',
              group: group ?? 'family:fraud-platform-dev-min-probe',
              tags: deadline === undefined ? [] : [{ key: 'fraud-platform:deadline', value: deadline }],
            })),
        },
      };
    },
    [ecs('StopTask')]: ({ body }) => {
      const { task, reason } = z.object({ task: z.string(), reason: z.string() }).parse(body);
      if (task === 'stubborn') return awsError('ServerException', 500);
      assert.match(reason, /^reaper: /);
      done.push(`stop ${task}`);
      return { body: {} };
    },
    [ecs('DescribeServices')]: () => ({ body: { services: gate } }),
    [ecs('UpdateService')]: ({ body }) => {
      assert.deepEqual(body, { cluster, service, desiredCount: 0 });
      done.push('scale the gate');
      return { body: {} };
    },
    'AWSStepFunctions.ListExecutions': () => ({
      body: { executions: Array.from({ length: bursts }, () => ({ name: 'x' })) },
    }),
    DescribeDBInstances: () => ({
      headers: { 'content-type': 'text/xml' },
      body: `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceStatus>${database.status}</DBInstanceStatus><TagList>${database.tags}</TagList></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`,
    }),
    StopDBInstance: () => {
      done.push('stop the database');
      return {
        headers: { 'content-type': 'text/xml' },
        body: '<StopDBInstanceResponse><StopDBInstanceResult/></StopDBInstanceResponse>',
      };
    },
  });
  reaper = loadHandler('lib/constructs/reaper/reaper-handler.ts', fake, {
    CLUSTER: cluster,
    GATE_SERVICE: service,
    GATE_WORKFLOW: 'arn:aws:states:eu-west-2:111122223333:stateMachine:fraud-platform-dev-min-bounded-burst',
    DATABASE: 'fraud-platform-dev-min',
  });
});
beforeEach(() => {
  tasks = [];
  gate = [];
  bursts = 0;
  database = { status: 'available', tags: '' };
  done.length = 0;
  fake.faults.length = 0;
});
after(() => fake.close());

const sweeps = async (expected: readonly string[]) => {
  await reaper.handle(tick);
  assert.deepEqual(done, expected);
};

test('a task past its deadline by more than two minutes is stopped; one within is not', async () => {
  tasks = [
    { id: 'late', createdAt: '2026-02-21T02:00:00Z', deadline: '2026-02-21T02:57:59.000Z' },
    { id: 'at-its-margin', createdAt: '2026-02-21T02:00:00Z', deadline: '2026-02-21T02:58:00.000Z' },
  ];
  await sweeps(['stop late']);
});

test('a task without a deadline is a stray after fifteen minutes; an unreadable deadline is none', async () => {
  tasks = [
    { id: 'stray', createdAt: '2026-02-21T02:44:59Z' },
    { id: 'young', createdAt: '2026-02-21T02:45:01Z' },
    { id: 'unreadable', createdAt: '2026-02-21T02:00:00Z', deadline: 'tomorrow' },
  ];
  await sweeps(['stop stray', 'stop unreadable']);
});

test('tasks of a service, and tasks that are stopping, are left alone', async () => {
  tasks = [
    { id: 'gate-task', createdAt: '2026-02-20T00:00:00Z', group: `service:${service}` },
    { id: 'stopping', createdAt: '2026-02-20T00:00:00Z', desiredStatus: 'STOPPED' },
  ];
  await sweeps([]);
});

test('more tasks than one description takes', async () => {
  tasks = Array.from({ length: 230 }, (_, index) => ({ id: `t${index}`, createdAt: '2026-02-21T02:00:00Z' }));
  await reaper.handle(tick);
  assert.equal(done.length, 230);
});

const idleGate = (changedAt: string, desiredCount = 2) => [
  { status: 'ACTIVE', desiredCount, deployments: [{ updatedAt: at(changedAt) }] },
];
test('a gate that no burst needs is scaled to zero', async () => {
  gate = idleGate('2026-02-21T02:30:00Z');
  await sweeps(['scale the gate']);
});
const leftAlone: readonly (readonly [what: string, gate: object[], bursts: number])[] = [
  ['while a burst runs', idleGate('2026-02-21T02:30:00Z'), 1],
  ['that came up just now, before its burst is listed', idleGate('2026-02-21T02:58:00Z'), 0],
  ['that wants nothing', idleGate('2026-02-21T02:30:00Z', 0), 0],
  ['that does not exist', [], 0],
];
for (const [what, state, running] of leftAlone) {
  test(`a gate ${what} is left alone`, async () => {
    gate = state;
    bursts = running;
    await sweeps([]);
  });
}

const purpose = '<Tag><Key>fraud-platform:stopped-on-purpose</Key><Value>2026-02-14</Value></Tag>';
test('a database that an operator stopped, and RDS started, is stopped again', async () => {
  database = { status: 'available', tags: purpose };
  await sweeps(['stop the database']);
});
test('a database that is starting, or that nobody stopped, is left alone', async () => {
  database = { status: 'starting', tags: purpose };
  await sweeps([]);
  database = { status: 'available', tags: '' };
  await sweeps([]);
});

test('throttling is waited out', async () => {
  tasks = [{ id: 'late', createdAt: '2026-02-21T02:00:00Z', deadline: '2026-02-21T02:00:10.000Z' }];
  for (const operation of ['ListTasks', 'DescribeTasks', 'StopTask', 'DescribeServices']) {
    fake.faults.push({ operation: ecs(operation), kind: 'throttled' });
  }
  await sweeps(['stop late']);
});

test('a stop whose answer was lost is asked again, and counts once for the task', async () => {
  tasks = [{ id: 'late', createdAt: '2026-02-21T02:00:00Z', deadline: '2026-02-21T02:00:10.000Z' }];
  fake.faults.push({ operation: ecs('StopTask'), kind: 'lost' });
  await sweeps(['stop late', 'stop late']);
});

test('what cannot be read or stopped does not protect the rest, and fails the sweep', async () => {
  tasks = [
    { id: 'stubborn', createdAt: '2026-02-21T02:00:00Z' },
    { id: 'stray', createdAt: '2026-02-21T02:00:00Z' },
  ];
  gate = idleGate('2026-02-21T02:30:00Z');
  database = { status: 'available', tags: purpose };
  await assert.rejects(() => reaper.handle(tick), /ServerException/);
  assert.deepEqual(done, ['stop stray', 'scale the gate', 'stop the database']);
  done.length = 0;
  fake.faults.push({ operation: ecs('ListTasks'), kind: 'denied' });
  await assert.rejects(() => reaper.handle(tick), /AccessDenied/);
  assert.deepEqual(done, ['scale the gate', 'stop the database']);
});

test('the clock is the schedule’s: a tick of the past stops nothing that was in time then', async () => {
  tasks = [{ id: 'in-time', createdAt: '2026-02-21T02:59:00Z', deadline: '2026-02-21T03:30:00.000Z' }];
  await sweeps([]);
  await reaper.handle({ time: '2026-02-21T03:32:01Z' });
  assert.deepEqual(done, ['stop in-time']);
});

test('a tick without a time is refused', async () => {
  await assert.rejects(() => reaper.handle({}));
});

test('its role allows what it asked for above, and nothing more', () => {
  assert.deepEqual(askedActions(fake), grantedActions('reaper'));
});
