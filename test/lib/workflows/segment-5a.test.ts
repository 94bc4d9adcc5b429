import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Execution } from '../../../lib/local-cloud/executions/execution.ts';
import { StatesError } from '../../../lib/local-cloud/executions/states-error.ts';
import { executionIdSchema, launchKeySchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { instantSchema } from '../../../lib/vocabulary/instant.ts';
import type { JsonValue } from '../../../lib/vocabulary/json.ts';
import { type LaunchDescription, laneStride } from '../../../lib/workflows/lanes.ts';
import { segment5aDefinition } from '../../../lib/workflows/segment-5a.ts';
import { type Segment5aInput, segment5aInputSchema } from '../../../lib/workflows/segment-5a-input.ts';

const definition = segment5aDefinition({
  clusterArn: 'arn:aws:ecs:eu-west-2:000000000000:cluster/fraud-platform-local',
  subnets: [],
  securityGroups: [],
  assignPublicIp: 'DISABLED',
});

function launch(number: number, parameters: string): LaunchDescription {
  return {
    environment: 'local',
    run_id: runIdSchema.parse('platform_20260221T060431Z'),
    task_definition: 'arn:aws:ecs:eu-west-2:000000000000:task-definition/fraud-platform-local-segment:1',
    deadline: instantSchema.parse('2026-02-21T06:30:00.000Z'),
    timeout_seconds: 60,
    relaunch_wait_seconds: 0,
    launch: { number, attempt: 0 },
    parameters: { inline: parameters, key: '', sha256: '' },
  };
}

function input(lanes: number): Segment5aInput {
  return segment5aInputSchema.parse({
    schema: 'fraud-platform/segment-5a-input/v1',
    environment: 'local',
    execution_id: 'segment_20260221T060431Z',
    run_id: 'platform_20260221T060431Z',
    prepare: launch(0, '{"stage":"prepare"}'),
    lanes: Array.from({ length: lanes }, (_, lane) => launch(lane * laneStride, `{"lane":${lane}}`)),
    validate: launch(0, '{"stage":"validate"}'),
  });
}

/** Exit codes of successive launches of one set of parameters; after the last, 0. */
type Exits = Readonly<Record<string, readonly number[]>>;

async function interpret(lanes: number, exits: Exits) {
  const launched: { key: string; parameters: string }[] = [];
  const execution = new Execution(
    {
      arn: 'arn:aws:states:eu-west-2:000000000000:execution:segment-5a:segment_20260221T060431Z',
      name: executionIdSchema.parse('segment_20260221T060431Z'),
      stateMachineArn: 'arn:aws:states:eu-west-2:000000000000:stateMachine:segment-5a',
      input: JSON.stringify(input(lanes)),
      startedAt: Date.UTC(2026, 1, 21, 6, 5),
    },
    {
      definition,
      handlerOf: () => async (received) => {
        const variables = environmentOf(received);
        const parameters = variables.get('PARAMETERS') ?? '';
        const before = launched.filter((one) => one.parameters === parameters).length;
        launched.push({ key: variables.get('LAUNCH_KEY') ?? '', parameters });
        const exitCode = exits[parameters]?.[before] ?? 0;
        const task = describe(exitCode);
        if (exitCode === 0) return task;
        throw new StatesError('States.TaskFailed', JSON.stringify(task));
      },
      onEvent: () => undefined,
      onEnded: () => undefined,
    },
  );
  await execution.run();
  return { execution, launched };
}

function describe(exitCode: number): JsonValue {
  return {
    TaskArn: 'arn:aws:ecs:eu-west-2:000000000000:task/1',
    Containers: [{ ExitCode: exitCode, ImageDigest: 'sha256:0' }],
    StopCode: 'EssentialContainerExited',
    StoppedReason: 'Essential container in task exited',
    StartedAt: 1,
    StoppedAt: 2,
  };
}

function environmentOf(received: Record<string, unknown>): ReadonlyMap<string, string> {
  const text = JSON.stringify(received);
  const pairs = text.matchAll(/\{"Name":"([A-Z_0-9]+)","Value":("(?:[^"\\]|\\.)*")\}/g);
  return new Map(Array.from(pairs, ([, name = '', value = '""']) => [name, String(JSON.parse(value))]));
}

const stages = (launched: readonly { readonly parameters: string }[]) =>
  launched.map(({ parameters }) => parameters);

test('prepare, then every lane, then validate; launch keys are lawful and distinct', async () => {
  const { execution, launched } = await interpret(4, {});
  assert.equal(execution.status, 'SUCCEEDED');
  const order = stages(launched);
  assert.equal(order[0], '{"stage":"prepare"}');
  assert.equal(order.at(-1), '{"stage":"validate"}');
  assert.deepEqual(order.slice(1, -1).toSorted(), ['{"lane":0}', '{"lane":1}', '{"lane":2}', '{"lane":3}']);
  const keys = launched.map(({ key }) => launchKeySchema.parse(key));
  assert.equal(new Set(keys).size, 6);
});

test('a lane that asks for it is launched again under another key', async () => {
  const { execution, launched } = await interpret(2, { '{"lane":1}': [75, 75] });
  assert.equal(execution.status, 'SUCCEEDED');
  const keys = launched.filter(({ parameters }) => parameters === '{"lane":1}').map(({ key }) => key);
  assert.deepEqual(
    keys,
    [3, 4, 5].map((number) => `segment_20260221T060431Z/Lane/${number}`),
  );
});

test('a lane that fails lets its siblings finish, and nothing is validated', async () => {
  const { execution, launched } = await interpret(3, { '{"lane":0}': [65] });
  assert.equal(execution.status, 'FAILED');
  assert.equal(execution.error, 'OverlayFailed');
  const order = stages(launched);
  assert.ok(order.includes('{"lane":1}') && order.includes('{"lane":2}'));
  assert.ok(!order.includes('{"stage":"validate"}'));
});

for (const [exits, error, launches] of [
  [[65], 'PrepareFailed', 1],
  [[75, 75, 75], 'PrepareFailed', 3],
] as const) {
  test(`preparing that ends with ${exits.join(', ')} ends the run after ${launches} launches`, async () => {
    const { execution, launched } = await interpret(2, { '{"stage":"prepare"}': exits });
    assert.equal(execution.status, 'FAILED');
    assert.equal(execution.error, error);
    assert.equal(launched.length, launches);
  });
}

test('validation that fails fails the run', async () => {
  const { execution } = await interpret(1, { '{"stage":"validate"}': [65] });
  assert.deepEqual([execution.status, execution.error], ['FAILED', 'ValidateFailed']);
});

test('lanes whose launch numbers could meet are refused', () => {
  const two = input(2);
  const crossed = { ...two, lanes: [launch(0, '{}'), launch(1, '{}')] };
  assert.equal(segment5aInputSchema.safeParse(crossed).success, false);
});
