import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { settingValues, stateMachineName, taskFamily } from '../../../config/names.ts';
import type { HistoryEvent } from '../../../lib/local-cloud/executions/history.ts';
import { taskContracts } from '../../../lib/task-contracts/catalogue.ts';
import { renderTaskDefinition, type TaskDefinition } from '../../../lib/task-contracts/task-definition.ts';
import { executionIdSchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { instantSchema } from '../../../lib/vocabulary/instant.ts';
import type { JsonValue } from '../../../lib/vocabulary/json.ts';
import { boundedBurstInputSchema } from '../../../lib/workflows/bounded-burst-input.ts';
import { oneShotInputSchema } from '../../../lib/workflows/one-shot-input.ts';
import { segment5aInput } from '../../../lib/workflows/plan-segment-5a.ts';
import type { StateMachine } from '../../../lib/workflows/state-machine.ts';
import { environmentNamed } from '../environments.ts';
import { synthesise } from '../synthesise.ts';
import { resolveEnvironment } from '../template/resolve-environment.ts';
import type { LaunchEnds, ScriptedRun } from './scripted-machine.ts';

export const goldenEnvironment = 'dev-min';
export const deployment = {
  account: '111111111111',
  region: 'eu-west-2',
  imageDigest: `sha256:${'7'.repeat(64)}`,
};

const folder = join(import.meta.dirname, '..', '..', 'lib', 'workflows', 'golden');

/** One way for a machine to go. */
export type GoldenScenario = {
  readonly workflow: string;
  readonly name: string;
  readonly ends: LaunchEnds;
  readonly stopAfterLaunches?: number;
  /** Seconds after which the machine itself is over, instead of its own. */
  readonly machineTimeout?: number;
};

/** ECS refuses for its rate under one name, EC2 behind it under another. */
const throttles = {
  ecs: [
    'ECS.AmazonECSException',
    'Rate exceeded (Service: AmazonECS; Status Code: 400; Error Code: ThrottlingException; Request ID: 8c9d6f0e-0000-4000-8000-000000000001; Proxy: null)',
  ],
  ec2: [
    'ECS.InvalidParameterException',
    'Error retrieving subnet information for [subnet-0a]: Rate exceeded (ErrorCode: Throttling) (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: 8c9d6f0e-0000-4000-8000-000000000002; Proxy: null)',
  ],
} as const;

export const goldenScenarios: readonly GoldenScenario[] = [
  { workflow: 'one-shot', name: 'success', ends: {} },
  { workflow: 'one-shot', name: 'task-failure', ends: { 'Run/0': 75, 'Run/1': 65 } },
  { workflow: 'one-shot', name: 'timeout', ends: { 'Run/0': 'never' } },
  { workflow: 'one-shot', name: 'machine-timeout', ends: { 'Run/0': 'never' }, machineTimeout: 1 },
  { workflow: 'one-shot', name: 'abort', ends: { 'Run/0': 'never' }, stopAfterLaunches: 1 },
  {
    workflow: 'one-shot',
    name: 'throttled-launch',
    ends: { 'Run/0': throttles.ecs, 'Run/1': throttles.ec2 },
  },
  { workflow: 'segment-5a', name: 'success', ends: {} },
  { workflow: 'segment-5a', name: 'task-failure', ends: { 'Lane/3': 65 } },
  { workflow: 'segment-5a', name: 'timeout', ends: { 'Lane/0': 'never' } },
  {
    workflow: 'segment-5a',
    name: 'abort',
    ends: { 'Lane/0': 'never', 'Lane/3': 'never' },
    stopAfterLaunches: 3,
  },
  {
    workflow: 'segment-5a',
    name: 'throttled-launch',
    ends: { 'Prepare/0': throttles.ec2, 'Lane/3': throttles.ecs },
  },
  { workflow: 'bounded-burst', name: 'success', ends: {} },
  { workflow: 'bounded-burst', name: 'task-failure', ends: { 'Lane/0': 137, 'Lane/1': 78 } },
  { workflow: 'bounded-burst', name: 'timeout', ends: { 'Lane/3': 'never' } },
  {
    workflow: 'bounded-burst',
    name: 'abort',
    ends: { 'Lane/0': 'never', 'Lane/3': 'never' },
    stopAfterLaunches: 3,
  },
  {
    workflow: 'bounded-burst',
    name: 'throttled-launch',
    ends: { 'Open/0': throttles.ecs, 'Lane/0': throttles.ec2 },
  },
];

/** The state machines of the synthesized environment, every reference carried out, by workflow. */
export function synthesizedMachines(): ReadonlyMap<string, StateMachine> {
  const templates = synthesise(environmentNamed(goldenEnvironment));
  const machines = resolveEnvironment(templates, deployment).filter(
    ({ type }) => type === 'AWS::StepFunctions::StateMachine',
  );
  const prefix = stateMachineName(goldenEnvironment, '');
  return new Map(
    machines.map(({ properties }) => [
      String(properties.StateMachineName).slice(prefix.length),
      JSON.parse(String(properties.DefinitionString)),
    ]),
  );
}

/** What the local cloud runs to go that way. */
export function scriptedRun(
  { workflow, name, ends, stopAfterLaunches, machineTimeout }: GoldenScenario,
  machines: ReadonlyMap<string, StateMachine>,
): ScriptedRun {
  const definition = machines.get(workflow);
  if (definition === undefined) throw new Error(`${goldenEnvironment} has no machine ${workflow}`);
  const machine = stateMachineName(goldenEnvironment, workflow);
  const where = `${deployment.region}:${deployment.account}`;
  const executionId = executionNameOf({ workflow, name });
  return {
    definition: machineTimeout === undefined ? definition : { ...definition, TimeoutSeconds: machineTimeout },
    stateMachineArn: `arn:aws:states:${where}:stateMachine:${machine}`,
    executionArn: `arn:aws:states:${where}:execution:${machine}:${executionId}`,
    input: inputOf(workflow, executionId),
    ends,
    taskDefinitions,
    ...(stopAfterLaunches === undefined ? {} : { stopAfterLaunches }),
  };
}

export const executionNameOf = ({ workflow, name }: Pick<GoldenScenario, 'workflow' | 'name'>) =>
  executionIdSchema.parse(`${workflow}-${name}_20260221T020923Z`);

const runId = runIdSchema.parse('platform_20260221T020923Z');
const deadline = instantSchema.parse('2026-02-21T02:29:23.000Z');

/** Inputs as the operator plans them, with two lanes, timeouts of two seconds, and no wait before a relaunch. */
function inputOf(workflow: string, executionId: string): JsonValue {
  const definitionOf = (task: string) =>
    `arn:aws:ecs:${deployment.region}:${deployment.account}:task-definition/${taskFamily(goldenEnvironment, task)}:1`;
  const frame = (task: string) => ({
    environment: goldenEnvironment,
    run_id: runId,
    task_definition: definitionOf(task),
    deadline,
    timeout_seconds: 2,
    relaunch_wait_seconds: 0,
  });
  const parameters = (what: string) => ({
    inline: JSON.stringify({ what }),
    key: '' as const,
    sha256: '' as const,
  });
  const launch = (what: string, number: number) => ({
    ...frame('burst'),
    launch: { number, attempt: 0 as const },
    parameters: parameters(what),
  });
  const inputs: Readonly<Record<string, () => object>> = {
    'one-shot': () =>
      oneShotInputSchema.parse({
        schema: 'fraud-platform/one-shot-input/v1',
        execution_id: executionId,
        task: 'probe',
        ...frame('probe'),
        launch: { number: 0 },
        parameters: parameters('probe'),
      }),
    'segment-5a': () =>
      segment5aInput(frame('segment'), executionId, {
        prepare: parameters('prepare'),
        lanes: [parameters('lane 0'), parameters('lane 1')],
        validate: parameters('validate'),
      }),
    'bounded-burst': () =>
      boundedBurstInputSchema.parse({
        schema: 'fraud-platform/bounded-burst-input/v1',
        environment: goldenEnvironment,
        execution_id: executionId,
        run_id: runId,
        gate_service: taskFamily(goldenEnvironment, 'gate'),
        open: launch('open', 0),
        lanes: [launch('lane 0', 0), launch('lane 1', 3)],
        close: launch('close', 0),
      }),
  };
  return z.json().parse(JSON.parse(JSON.stringify(inputs[workflow]?.())));
}

const taskDefinitions: readonly TaskDefinition[] = taskContracts.map((contract) =>
  renderTaskDefinition(contract, {
    environment: goldenEnvironment,
    ...deployment,
    image: `image@${deployment.imageDigest}`,
    evidenceStore: 's3://evidence/',
    databaseAuthorities: '/authorities.pem',
    scratch: '/scratch',
    settings: settingValues(goldenEnvironment, { adHocQueries: true }),
  }),
);

const eventSchema = z.looseObject({
  id: z.number(),
  previousEventId: z.number(),
  type: z.string(),
  timestamp: z.number(),
});

export const goldenFile = ({ workflow, name }: GoldenScenario) => join(folder, workflow, `${name}.jsonl`);

/** Members of details that hold JSON as text on the wire, and as JSON in the files. */
export const jsonTexts = ['input', 'output', 'cause', 'parameters'] as const;

/** The history that Step Functions would write, as GetExecutionHistory answers it. */
export async function readGolden(scenario: GoldenScenario): Promise<readonly HistoryEvent[]> {
  const lines = (await readFile(goldenFile(scenario), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const { id, previousEventId, type, timestamp, ...members } = eventSchema.parse(JSON.parse(line));
    const details = Object.entries(members).map(([name, value]) => [name, onTheWire(value)]);
    return { ...Object.fromEntries(details), id, previousEventId, type, timestamp };
  });
}

function onTheWire(details: unknown): JsonValue {
  const members = z.record(z.string(), z.json()).parse(details);
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      jsonTexts.some((text) => text === name) && typeof value === 'object' ? JSON.stringify(value) : value,
    ]),
  );
}
