import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { canonicalJson } from '../../../lib/evidence/format/canonical-json.ts';
import { taskRecordSchema } from '../../../lib/recorder/task-record.ts';
import {
  awsError,
  type FakeAws,
  type FakeCall,
  type LoadedHandler,
  loadHandler,
  startFakeAws,
} from '../../support/fake-aws.ts';
import { askedActions, grantedActions } from '../../support/granted-actions.ts';

const cluster = 'fraud-platform-dev-min';
const taskArn = (id: string) => `arn:aws:ecs:eu-west-2:111122223333:task/${cluster}/${id}`;
const machineArn = (workflow: string) =>
  `arn:aws:states:eu-west-2:111122223333:stateMachine:fraud-platform-dev-min-${workflow}`;
const execution = 'm10_20260221T020923Z';

const objects = new Map<string, { readonly body: string; readonly checksum: string }>();
let tasks: { readonly arn: string; readonly launchKey: string | undefined }[] = [];
let runningBursts = 0;
/** What a sweep finds, as ECS and Step Functions describe it; times in seconds. */
let sweeping = false;
let stoppedLately: { readonly taskArn: string; readonly stoppedAt: number }[] = [];
let endedLately: {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly startDate: number;
  readonly stopDate: number;
}[] = [];
let inFlight = 0;
const stopped: { readonly task: string; readonly reason: string }[] = [];
let scaled: unknown[] = [];
let fake: FakeAws;
let recorder: LoadedHandler;

/** The recorder in a process of its own, which knows of no end yet. */
const loadRecorder = () =>
  loadHandler('lib/constructs/recorder/recorder-handler.ts', fake, {
    ENVIRONMENT: 'dev-min',
    CLUSTER: cluster,
    EVIDENCE_BUCKET: 'evidence-bucket',
    GATE_SERVICE: 'fraud-platform-dev-min-gate',
    GATE_WORKFLOW: machineArn('bounded-burst'),
    STATE_MACHINES: [machineArn('one-shot'), machineArn('bounded-burst')].join(','),
  });

const stopSchema = z.object({ cluster: z.literal(cluster), task: z.string(), reason: z.string().max(255) });

before(async () => {
  fake = await startFakeAws({
    'PUT /evidence-bucket/': ({ operation, body, headers }) => {
      const key = operation.slice('PUT /evidence-bucket/'.length).replace(/\?.*$/, '');
      assert.equal(headers['if-none-match'], '*');
      const checksum = String(headers['x-amz-checksum-sha256']);
      if (inFlight > 0) {
        inFlight -= 1;
        return { status: 409, body: '<Error><Code>ConditionalRequestConflict</Code></Error>' };
      }
      if (objects.has(key)) return { status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' };
      objects.set(key, { body: String(body), checksum });
      return { body: '' };
    },
    'HEAD /evidence-bucket/': ({ operation }) => {
      const found = objects.get(operation.slice('HEAD /evidence-bucket/'.length).replace(/\?.*$/, ''));
      return found === undefined ? { status: 404 } : { headers: { 'x-amz-checksum-sha256': found.checksum } };
    },
    'GET /evidence-bucket/?list-type=2': ({ operation }) => {
      const prefix = new URL(operation.slice('GET '.length), 'http://s3').searchParams.get('prefix') ?? '';
      const found = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      const contents = found.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
      return { body: `<ListBucketResult>${contents.join('')}</ListBucketResult>` };
    },
    'GET /evidence-bucket/': ({ operation }) => {
      const found = objects.get(operation.slice('GET /evidence-bucket/'.length).replace(/\?.*$/, ''));
      return found === undefined
        ? { status: 404 }
        : { body: found.body, headers: { 'x-amz-checksum-sha256': found.checksum } };
    },
    // Two pages, as a full cluster has.
    'AmazonEC2ContainerServiceV20141113.ListTasks': ({ body }) => {
      sweeping = z.object({ desiredStatus: z.string() }).parse(body).desiredStatus === 'STOPPED';
      if (sweeping) return { body: { taskArns: stoppedLately.map(({ taskArn: arn }) => arn) } };
      const second = z.object({ nextToken: z.string().optional() }).parse(body).nextToken !== undefined;
      const arns = tasks.map(({ arn }) => arn);
      return {
        body: second ? { taskArns: arns.slice(1) } : { taskArns: arns.slice(0, 1), nextToken: 'more' },
      };
    },
    'AmazonEC2ContainerServiceV20141113.DescribeTasks': ({ body }) => {
      if (sweeping) return { body: { tasks: stoppedLately } };
      const wanted = z
        .object({ tasks: z.array(z.string()), include: z.tuple([z.literal('TAGS')]) })
        .parse(body);
      return {
        body: {
          tasks: tasks
            .filter(({ arn }) => wanted.tasks.includes(arn))
            .map(({ arn, launchKey }) => ({
              taskArn: arn,
              desiredStatus: 'RUNNING',
              tags: launchKey === undefined ? [] : [{ key: 'fraud-platform:launch-key', value: launchKey }],
            })),
        },
      };
    },
    'AmazonEC2ContainerServiceV20141113.StopTask': ({ body }) => {
      const { task, reason } = stopSchema.parse(body);
      if (task === taskArn('stubborn')) return awsError('ServerException', 500);
      stopped.push({ task, reason });
      return { body: {} };
    },
    'AmazonEC2ContainerServiceV20141113.UpdateService': ({ body }) => {
      scaled.push(body);
      return { body: {} };
    },
    'AWSStepFunctions.ListExecutions': ({ body }) => {
      const asked = z
        .object({ stateMachineArn: z.string(), statusFilter: z.string().optional() })
        .parse(body);
      if (asked.statusFilter === undefined) {
        const executions = endedLately.filter(
          ({ stateMachineArn }) => stateMachineArn === asked.stateMachineArn,
        );
        return { body: { executions } };
      }
      return { body: { executions: Array.from({ length: runningBursts }, () => ({ name: execution })) } };
    },
    'AWSStepFunctions.DescribeExecution': ({ body }) => ({
      body: endedLately.find(({ executionArn }) => executionArn === Object(body).executionArn),
    }),
  });
  recorder = loadRecorder();
});
beforeEach(() => {
  objects.clear();
  stopped.length = 0;
  scaled = [];
  tasks = [];
  stoppedLately = [];
  endedLately = [];
  runningBursts = 0;
  inFlight = 0;
});
after(() => fake.close());

const stoppedTask = (changes: object = {}) => ({
  source: 'aws.ecs',
  'detail-type': 'ECS Task State Change',
  detail: {
    taskArn: taskArn('a'),
    taskDefinitionArn: 'arn:aws:ecs:eu-west-2:111122223333:task-definition/fraud-platform-dev-min-probe:3',
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    createdAt: '2026-02-21T02:09:23.000Z',
    startedAt: '2026-02-21T02:09:40.000Z',
    stoppedAt: '2026-02-21T02:10:00.000Z',
    containers: [{ exitCode: 0, imageDigest: `sha256:${'ab'.repeat(32)}` }],
    overrides: {
      containerOverrides: [
        {
          environment: [
            { name: 'LAUNCH_KEY', value: `${execution}/Run/0` },
            { name: 'LAUNCHED_FOR', value: 'dev-min' },
          ],
        },
      ],
    },
    ...changes,
  },
});
const ended = (status: string, workflow = 'one-shot') => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: {
    executionArn: `${machineArn(workflow).replace(':stateMachine:', ':execution:')}:${execution}`,
    stateMachineArn: machineArn(workflow),
    name: execution,
    status,
    startDate: 1_771_639_763_000,
    stopDate: 1_771_639_999_000,
  },
});
const recordKey = `evidence/dev-min/run_control/${execution}/launches/Run/0/task-record.json`;
const executionKey = `evidence/dev-min/run_control/${execution}/execution-record.json`;

test('a stopped task becomes one canonical record, however often it is told', async () => {
  await recorder.handle(stoppedTask());
  await recorder.handle(stoppedTask());
  assert.deepEqual([...objects.keys()], [recordKey]);
  const text = objects.get(recordKey)?.body ?? '';
  const record = taskRecordSchema.parse(JSON.parse(text));
  assert.equal(record.exit_code, 0);
  assert.equal(text, canonicalJson(JSON.parse(text)));
  assert.match(recorder.said(), /published[\s\S]*identical/);
});

test('a put whose answer was lost is identical to itself; one in flight is waited for', async () => {
  fake.faults.push({ operation: 'PUT /evidence-bucket/', kind: 'lost' });
  await recorder.handle(stoppedTask());
  assert.match(recorder.said(), /identical/);
  objects.clear();
  inFlight = 2;
  await recorder.handle(stoppedTask());
  assert.match(recorder.said(), /published/);
});

test('the first record stays when a later event says less', async () => {
  await recorder.handle(stoppedTask());
  const first = objects.get(recordKey);
  await recorder.handle(stoppedTask({ containers: [] }));
  assert.equal(objects.get(recordKey), first);
  assert.match(recorder.said(), /conflict/);
});

test('what is not ours, or not final, asks for nothing', async () => {
  fake.calls.length = 0;
  await recorder.handle(stoppedTask({ lastStatus: 'RUNNING' }));
  await recorder.handle(stoppedTask({ overrides: { containerOverrides: [] } }));
  await recorder.handle({ source: 'aws.s3', detail: {} });
  assert.equal(fake.calls.length, 0);
});

for (const status of ['ABORTED', 'TIMED_OUT', 'FAILED']) {
  test(`${status}: what the execution left running is stopped, and nothing else`, async () => {
    tasks = [
      { arn: taskArn('mine'), launchKey: `${execution}/Run/1` },
      { arn: taskArn('other'), launchKey: 'm10_20260221T030000Z/Run/0' },
      { arn: taskArn('untagged'), launchKey: undefined },
    ];
    await recorder.handle(ended(status));
    assert.deepEqual(stopped, [{ task: taskArn('mine'), reason: `execution ${status}` }]);
    assert.deepEqual([...objects.keys()], [executionKey]);
    assert.equal(scaled.length, 0);
  });
}

test('a success stops nothing', async () => {
  tasks = [{ arn: taskArn('mine'), launchKey: `${execution}/Run/1` }];
  await recorder.handle(ended('SUCCEEDED'));
  assert.deepEqual(stopped, []);
  assert.deepEqual([...objects.keys()], [executionKey]);
});

test('the gate goes with the last burst, on every path, and not before', async () => {
  runningBursts = 1;
  await recorder.handle(ended('SUCCEEDED', 'bounded-burst'));
  assert.deepEqual(scaled, []);
  runningBursts = 0;
  objects.clear();
  await recorder.handle(ended('ABORTED', 'bounded-burst'));
  assert.deepEqual(scaled, [{ cluster, service: 'fraud-platform-dev-min-gate', desiredCount: 0 }]);
});

test('a task that cannot be stopped keeps no other from being stopped, and no record from being written', async () => {
  tasks = [
    { arn: taskArn('stubborn'), launchKey: `${execution}/Run/0` },
    { arn: taskArn('mine'), launchKey: `${execution}/Run/1` },
  ];
  await assert.rejects(() => recorder.handle(ended('ABORTED')), /ServerException/);
  assert.deepEqual(
    stopped.map(({ task }) => task),
    [taskArn('mine')],
  );
  assert.deepEqual([...objects.keys()], [executionKey]);
});

test('throttling of ECS is waited out', async () => {
  tasks = [{ arn: taskArn('mine'), launchKey: `${execution}/Run/1` }];
  for (const operation of ['ListTasks', 'DescribeTasks', 'StopTask']) {
    fake.faults.push({ operation: `AmazonEC2ContainerServiceV20141113.${operation}`, kind: 'throttled' });
  }
  await recorder.handle(ended('ABORTED'));
  assert.equal(stopped.length, 1);
});

const tick = { source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2026-02-21T02:12:00Z' };
const seconds = (text: string) => Date.parse(text) / 1_000;
/** A stopped task as ECS describes it. */
const described = (id: string, stoppedAt: string, launchKey = `${execution}/Run/0`) => ({
  ...stoppedTask().detail,
  taskArn: taskArn(id),
  createdAt: seconds('2026-02-21T02:09:23.000Z'),
  startedAt: seconds('2026-02-21T02:09:40.000Z'),
  stoppedAt: seconds(stoppedAt),
  overrides: {
    containerOverrides: [
      {
        environment: [
          { name: 'LAUNCH_KEY', value: launchKey },
          { name: 'LAUNCHED_FOR', value: 'dev-min' },
        ],
      },
    ],
  },
});
/** An execution that failed, as Step Functions describes it; each has an ARN of its own. */
const failed = (arn: string, stopDate: string) => ({
  ...ended('FAILED').detail,
  executionArn: `${ended('FAILED').detail.executionArn}-${arn}`,
  startDate: seconds('2026-02-21T01:00:00.000Z'),
  stopDate: seconds(stopDate),
});

test('what no event told of is found by the tick, and recorded as if it had', async () => {
  stoppedLately = [described('a', '2026-02-21T02:10:00.000Z')];
  endedLately = [failed('told-by-nobody', '2026-02-21T02:11:00.000Z')];
  recorder.said();
  await recorder.handle(tick);
  assert.deepEqual([...objects.keys()].sort(), [executionKey, recordKey].sort());
  const swept = objects.get(recordKey)?.body;
  assert.match(recorder.said(), /published/);
  fake.calls.length = 0;
  await recorder.handle(tick);
  assert.equal(recorder.said(), '', 'what is known is not told again');
  assert.ok(!fake.calls.some(({ operation }) => /^PUT|DescribeExecution/.test(operation)), 'nor asked again');
  objects.clear();
  await recorder.handle(stoppedTask());
  assert.equal(objects.get(recordKey)?.body, swept, 'to the byte what the event would have made');
});

test('an outage of most of an hour loses no record, and what then ran on is stopped; older ends are forgotten', async () => {
  tasks = [{ arn: taskArn('left-running'), launchKey: `${execution}/Run/1` }];
  stoppedLately = [
    described('missed', '2026-02-21T01:18:00.000Z'),
    described('forgotten', '2026-02-21T01:16:00.000Z', 'm10_20260221T010000Z/Run/0'),
  ];
  endedLately = [failed('missed', '2026-02-21T01:19:00.000Z')];
  await recorder.handle(tick);
  assert.deepEqual([...objects.keys()].sort(), [executionKey, recordKey].sort());
  assert.deepEqual(
    stopped.map(({ task }) => task),
    [taskArn('left-running')],
  );
});

for (const [what, operation, later] of [
  ['a task that could not be stopped', 'StopTask', () => recorder],
  ['a gate that could not be scaled', 'UpdateService', () => recorder],
  ['a task that could not be stopped, by another process,', 'StopTask', loadRecorder],
  ['a gate that could not be scaled, by another process,', 'UpdateService', loadRecorder],
] as const) {
  for (const stopDate of ['2026-02-21T01:30:00.000Z', '2026-02-21T02:07:30.000Z']) {
    test(`${what} is seen to by the next tick, of an end at ${stopDate}: its record is its last`, async () => {
      tasks = [{ arn: taskArn('left-running'), launchKey: `${execution}/Run/1` }];
      endedLately = [
        { ...failed(`${operation}-${stopDate}`, stopDate), stateMachineArn: machineArn('bounded-burst') },
      ];
      fake.faults.push({ operation: `AmazonEC2ContainerServiceV20141113.${operation}`, kind: 'denied' });
      await assert.rejects(() => recorder.handle(tick), /AccessDenied/);
      assert.deepEqual([...objects.keys()], []);
      await later().handle({ ...tick, time: '2026-02-21T02:13:00Z' });
      assert.deepEqual(new Set(stopped.map(({ task }) => task)), new Set([taskArn('left-running')]));
      assert.equal(scaled.length > 0, true);
      assert.deepEqual([...objects.keys()], [executionKey]);
    });
  }
}

test('the last tick that sees an end records it, whatever cannot be stopped', async () => {
  tasks = [{ arn: taskArn('stubborn'), launchKey: `${execution}/Run/1` }];
  endedLately = [failed('soon-out-of-sight', '2026-02-21T01:18:00.000Z')];
  await assert.rejects(() => recorder.handle(tick), /ServerException/);
  assert.deepEqual([...objects.keys()], [executionKey]);
});

test('an old end that is on record asks for nothing more, in a new process too', async () => {
  endedLately = [failed('on-record', '2026-02-21T01:19:00.000Z')];
  await recorder.handle(tick);
  fake.calls.length = 0;
  await loadRecorder().handle(tick);
  assert.ok(fake.calls.some(({ operation }) => operation.startsWith('PUT ')));
  const live = ({ operation, body }: FakeCall) =>
    operation.endsWith('.ListTasks') && Object(body).desiredStatus === 'RUNNING';
  assert.ok(!fake.calls.some(live), 'nobody looks for tasks that it left');
});

for (const [what, kept] of [
  ['another exit', stoppedTask({ containers: [{ exitCode: 70 }] })],
  ['another task', stoppedTask({ taskArn: taskArn('b') })],
  ['another way to stop', stoppedTask({ stopCode: 'UserInitiated' })],
] as const) {
  test(`a record that tells of ${what} is kept, and said loudly by event and tick`, async () => {
    await recorder.handle(kept);
    const first = objects.get(recordKey);
    await assert.rejects(() => recorder.handle(stoppedTask()), /RECORD_CONTRADICTED/);
    stoppedLately = [described('a', '2026-02-21T02:10:00.000Z')];
    await assert.rejects(() => loadRecorder().handle(tick), /RECORD_CONTRADICTED/);
    assert.equal(objects.get(recordKey), first);
  });
}

test('an execution that ended otherwise than its record says, and a record that is none, are said loudly', async () => {
  await recorder.handle(ended('SUCCEEDED'));
  await assert.rejects(() => recorder.handle(ended('FAILED')), /RECORD_CONTRADICTED/);
  objects.set(recordKey, { body: '{}', checksum: 'RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=' });
  await assert.rejects(() => recorder.handle(stoppedTask()), /RECORD_CONTRADICTED/);
});

test('its role allows what it asked for above, and nothing more', () => {
  assert.deepEqual(askedActions(fake), grantedActions('recorder'));
});
