import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { adaptDefinition } from '../../../lib/local-cloud/executions/adapt-definition.ts';
import { Execution, type TaskHandler } from '../../../lib/local-cloud/executions/execution.ts';
import { parseJournal } from '../../../lib/local-cloud/executions/journal.ts';
import { StatesError } from '../../../lib/local-cloud/executions/states-error.ts';
import type { JsonValue } from '../../../lib/vocabulary/json.ts';
import { oneShotDefinition } from '../../../lib/workflows/one-shot.ts';
import type { StateMachine } from '../../../lib/workflows/state-machine.ts';

const placement = {
  clusterArn: 'arn:aws:ecs:eu-west-2:000000000000:cluster/c',
  subnets: ['s'],
  securityGroups: ['g'],
  assignPublicIp: 'DISABLED' as const,
};
const input = {
  environment: 'local',
  run_id: 'platform_20260221T020923Z',
  task_definition: 'probe:1',
  deadline: '2026-02-21T02:30:00.000Z',
  timeout_seconds: 5,
  relaunch_wait_seconds: 0,
  launch: { number: 0 },
  parameters: { inline: '{}', key: '', sha256: '' },
};

const succeeded: JsonValue = {
  TaskArn: 'task',
  Containers: [{ ExitCode: 0, ImageDigest: 'sha256:1' }],
  StopCode: 'EssentialContainerExited',
  StartedAt: 1,
  StoppedAt: 2,
};
const exited = (code: number) =>
  new StatesError(
    'States.TaskFailed',
    JSON.stringify({
      Containers: [{ ExitCode: code }],
      StopCode: 'EssentialContainerExited',
      StoppedReason: 'exited',
    }),
  );
const notStarted = (reason: string) =>
  new StatesError(
    'States.TaskFailed',
    JSON.stringify({ Containers: [{}], StopCode: 'TaskFailedToStart', StoppedReason: reason }),
  );

/** Interprets the one-shot machine against scripted ends of its launches, and says what it launched. */
async function interpret(
  ends: readonly (JsonValue | Error)[],
  change: Partial<typeof input> & { readonly lanes?: readonly number[] } = {},
  definition: StateMachine = oneShotDefinition(placement),
) {
  const launched: string[] = [];
  const handler: TaskHandler = async (parameters) => {
    const key = /"LAUNCH_KEY","Value":"([^"]+)"/.exec(JSON.stringify(parameters))?.[1] ?? '';
    launched.push(key);
    const end = ends[launched.length - 1] ?? assert.fail('one launch too many');
    await delay(1);
    if (end instanceof Error) throw end;
    return end;
  };
  const execution = new Execution(
    {
      arn: 'arn:execution',
      name: 'm10_20260221T020923Z',
      stateMachineArn: 'arn:machine',
      input: JSON.stringify({ ...input, ...change }),
      startedAt: Date.now(),
    },
    { definition, handlerOf: () => handler, onEvent: () => undefined, onEnded: () => undefined },
  );
  await execution.run();
  return { execution, launched };
}

const key = (number: number) => `m10_20260221T020923Z/Run/${number}`;
const unknown = new StatesError(
  'AmazonECS.Unknown',
  '{"Failures":[{"Reason":"RESOURCE:FARGATE"}],"Tasks":[]}',
);

const throttles = [
  new StatesError('ECS.AmazonECSException', 'Rate exceeded (Service: AmazonECS; Status Code: 400)'),
  new StatesError('ECS.InvalidParameterException', 'Error retrieving subnet information: Rate exceeded'),
];

type Case = readonly [string, readonly (JsonValue | Error)[], number, string, string | undefined];
const cases: readonly Case[] = [
  ['exit 0', [succeeded], 1, 'SUCCEEDED', undefined],
  ['exit 65 is not tried again', [exited(65)], 1, 'FAILED', 'TaskFailed'],
  ['exit 78 is not tried again', [exited(78)], 1, 'FAILED', 'TaskFailed'],
  ['exit 137 is not tried again', [exited(137)], 1, 'FAILED', 'TaskFailed'],
  ['exit 75, then 0', [exited(75), succeeded], 2, 'SUCCEEDED', undefined],
  ['exit 75 three times gives up', [exited(75), exited(75), exited(75)], 3, 'FAILED', 'RelaunchesExhausted'],
  ['exit 75, then 65', [exited(75), exited(65)], 2, 'FAILED', 'TaskFailed'],
  ['nothing launched, then 0', [unknown, succeeded], 2, 'SUCCEEDED', undefined],
  ['nothing launched three times gives up', [unknown, unknown, unknown], 3, 'FAILED', 'RelaunchesExhausted'],
  [
    'a task that found no capacity is launched again',
    [notStarted('Capacity is unavailable'), succeeded],
    2,
    'SUCCEEDED',
    undefined,
  ],
  [
    'a secret that cannot be read is not tried again',
    [notStarted('ResourceInitializationError: secrets')],
    1,
    'FAILED',
    'TaskFailed',
  ],
  [
    'an API error with a sentence for a cause',
    [new StatesError('ECS.ClientException', 'TaskDefinition not found.')],
    1,
    'FAILED',
    'NotLaunched',
  ],
  ['a throttle by its two names, then 0', [...throttles, succeeded], 3, 'SUCCEEDED', undefined],
  ['a throttle that stays', [...throttles, ...throttles], 3, 'FAILED', 'RelaunchesExhausted'],
];
for (const [what, ends, launches, status, error] of cases) {
  test(`${what}: ${status}, ${launches} launches, each with its own key`, async () => {
    const { execution, launched } = await interpret(ends);
    assert.deepEqual([execution.status, execution.error], [status, error]);
    assert.deepEqual(
      launched,
      Array.from({ length: launches }, (_, number) => key(number)),
    );
  });
}

test('a state that outlives its timeout ends the execution, not the task', async () => {
  let ended = false;
  const slow: TaskHandler = async () => {
    await delay(1_400);
    ended = true;
    return succeeded;
  };
  const execution = new Execution(
    {
      arn: 'a',
      name: 'm10_20260221T020923Z',
      stateMachineArn: 'm',
      input: JSON.stringify({ ...input, timeout_seconds: 1 }),
      startedAt: Date.now(),
    },
    {
      definition: oneShotDefinition(placement),
      handlerOf: () => slow,
      onEvent: () => undefined,
      onEnded: () => undefined,
    },
  );
  await execution.run();
  assert.deepEqual([execution.status, execution.error, ended], ['FAILED', 'TaskTimedOut', false]);
});

test('an abort runs no Catch', async () => {
  const forever: TaskHandler = () => new Promise(() => undefined);
  const execution = new Execution(
    {
      arn: 'a',
      name: 'm10_20260221T020923Z',
      stateMachineArn: 'm',
      input: JSON.stringify({ ...input, timeout_seconds: 0 }),
      startedAt: Date.now(),
    },
    {
      definition: oneShotDefinition(placement),
      handlerOf: () => forever,
      onEvent: () => undefined,
      onEnded: () => undefined,
    },
  );
  const running = execution.run();
  await delay(20);
  execution.abort('StoppedByOperator', 'enough');
  await running;
  assert.deepEqual(
    [execution.status, execution.error, execution.cause],
    ['ABORTED', 'StoppedByOperator', 'enough'],
  );
});

test('the timeout of the whole machine is TIMED_OUT', async () => {
  const forever: TaskHandler = () => new Promise(() => undefined);
  const execution = new Execution(
    {
      arn: 'a',
      name: 'm10_20260221T020923Z',
      stateMachineArn: 'm',
      input: JSON.stringify({ ...input, timeout_seconds: 0 }),
      startedAt: Date.now(),
    },
    {
      definition: { ...oneShotDefinition(placement), TimeoutSeconds: 0.05 },
      handlerOf: () => forever,
      onEvent: () => undefined,
      onEnded: () => undefined,
    },
  );
  const awake = setInterval(() => undefined, 1_000);
  await execution.run();
  clearInterval(awake);
  assert.deepEqual([execution.status, execution.error], ['TIMED_OUT', undefined]);
});

test('the history is in order and numbered as Step Functions writes it', async () => {
  const { execution } = await interpret([exited(75), succeeded]);
  assert.deepEqual(
    execution.events.map(({ id }) => id),
    execution.events.map((_, index) => index + 1),
  );
  const types = execution.events.map(({ type }) => type);
  assert.deepEqual(types, [
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskFailed',
    'TaskStateExited',
    'ChoiceStateEntered',
    'ChoiceStateExited',
    'PassStateEntered',
    'PassStateExited',
    'ChoiceStateEntered',
    'ChoiceStateExited',
    'ChoiceStateEntered',
    'ChoiceStateExited',
    'WaitStateEntered',
    'WaitStateExited',
    'PassStateEntered',
    'PassStateExited',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'TaskStateExited',
    'SucceedStateEntered',
    'SucceedStateExited',
    'ExecutionSucceeded',
  ]);
});

/** Two tasks, one after the other, whose results are kept side by side, and a Catch for everything. */
const collects: StateMachine = {
  Comment: 'Collects two results.',
  StartAt: 'First',
  TimeoutSeconds: 60,
  States: {
    First: collectInto('$.first', 'Second'),
    Second: collectInto('$.second', 'Third'),
    Third: collectInto('$.third', 'Done'),
    Caught: { Type: 'Succeed' },
    Done: { Type: 'Succeed' },
  },
};
function collectInto(path: string, next: string): StateMachine['States'][string] {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    TimeoutSeconds: 50,
    Parameters: {},
    ResultPath: path,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.caught', Next: 'Caught' }],
    Next: next,
  };
}
const tooLarge: readonly (readonly [string, readonly JsonValue[], number])[] = [
  ['A result of fewer characters than bytes', ['é'.repeat(140_000)], 1],
  ['An output whose parts are each within it', ['x'.repeat(200_000), 'é'.repeat(40_000)], 2],
  ['The last output', ['', '', 'x'.repeat(262_130)], 3],
];
for (const [what, results, launches] of tooLarge) {
  test(`${what} beyond the limit of state data fails the execution, and nothing catches it`, async () => {
    const { execution, launched } = await interpret(results, {}, collects);
    assert.deepEqual([execution.status, execution.error], ['FAILED', 'States.DataLimitExceeded']);
    assert.equal(launched.length, launches);
    assert.equal(execution.events.at(-1)?.type, 'ExecutionFailed');
    assert.ok(execution.events.every((event) => Buffer.byteLength(JSON.stringify(event)) < 300_000));
  });
}

test('Lanes whose outputs together are beyond the limit fail the execution, too', async () => {
  const lane = { Type: 'Pass', Result: 'x'.repeat(150_000), End: true } as const;
  const { execution } = await interpret(
    [],
    { lanes: [1, 2] },
    {
      Comment: 'Two lanes.',
      StartAt: 'Lanes',
      TimeoutSeconds: 60,
      States: {
        Lanes: {
          Type: 'Map',
          ItemsPath: '$.lanes',
          MaxConcurrency: 2,
          ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Lane', States: { Lane: lane } },
          ResultPath: '$.sent',
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.caught', Next: 'Done' }],
          Next: 'Done',
        },
        Done: { Type: 'Succeed' },
      },
    },
  );
  assert.deepEqual([execution.status, execution.error], ['FAILED', 'States.DataLimitExceeded']);
});

test('State data of as many bytes as the limit goes on', async () => {
  const room = 262_144 - Buffer.byteLength(JSON.stringify({ ...input, first: '', second: '', third: '' }));
  const { execution } = await interpret(['x'.repeat(room), '', ''], {}, collects);
  assert.equal(execution.status, 'SUCCEEDED');
  const { execution: beyond } = await interpret(['x'.repeat(room + 1), '', ''], {}, collects);
  assert.equal(beyond.error, 'States.DataLimitExceeded');
});

test('a journal whose last line is torn is read up to it', () => {
  const started = {
    kind: 'started',
    arn: 'a',
    name: 'n',
    workflow: 'one-shot',
    stateMachineArn: 'm',
    input: '{}',
    startedAt: 1,
  };
  const event = {
    kind: 'event',
    event: { id: 1, previousEventId: 0, type: 'ExecutionStarted', timestamp: 1 },
  };
  const text = `${JSON.stringify(started)}\n${JSON.stringify(event)}\n{"kind":"ended","sta`;
  const journal = parseJournal(text);
  assert.equal(journal?.events.length, 1);
  assert.equal(journal?.ended, undefined);
  assert.equal(parseJournal('torn'), undefined);
  assert.deepEqual(parseJournal(`${text}\n{"kind":"resumed","at":2}\n`)?.events, []);
});

test('the interpreter’s own minute never ends a task: our timeouts travel in the parameters', () => {
  const { States, ...machine } = adaptDefinition(oneShotDefinition(placement));
  assert.ok(!('TimeoutSeconds' in machine));
  const run: object | undefined = States.Run;
  assert.partialDeepStrictEqual(run, {
    TimeoutSeconds: 2_000_000,
    Parameters: { 'FraudPlatformTimeoutSeconds.$': '$.timeout_seconds' },
  });
});
