import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { workflowRoleName } from '../../../config/names.ts';
import type { HistoryEvent } from '../../../lib/local-cloud/executions/history.ts';
import type { JsonValue } from '../../../lib/vocabulary/json.ts';
import {
  deployment,
  goldenEnvironment,
  goldenFile,
  goldenScenarios,
  jsonTexts,
  scriptedRun,
  synthesizedMachines,
} from './golden-scenarios.ts';
import { runScripted } from './scripted-machine.ts';

/**
 * Writes the golden histories anew, after a definition was changed on purpose: what the definition came to,
 * and around it what only Step Functions and ECS add, in the shapes that they were seen to answer. Read the
 * difference before you commit it; golden/README.md says by which rules.
 */

const objectSchema = z.record(z.string(), z.json());
const untruncated = { truncated: false };
const request = '8c9d6f0e-0000-4000-8000-0000000000aa';

const http = {
  SdkHttpMetadata: {
    AllHttpHeaders: { 'x-amzn-RequestId': [request], 'Content-Type': ['application/x-amz-json-1.1'] },
    HttpHeaders: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': request },
    HttpStatusCode: 200,
  },
  SdkResponseMetadata: { RequestId: request },
};

function interfaceOf(status: string): JsonValue {
  return [
    {
      Details: [{ Name: 'subnetId', Value: 'subnet-0a' }],
      Id: '8c9d6f0e-0000-4000-8000-0000000000ab',
      Status: status,
      Type: status === 'DELETED' ? 'eni' : 'ElasticNetworkInterface',
    },
  ];
}

/** A task as Fargate describes it, around what our code reads of it. */
function fargateTask(task: JsonValue): JsonValue {
  const known = objectSchema.parse(task);
  const stopped = known.LastStatus === 'STOPPED';
  const container = {
    Cpu: '0',
    GpuIds: [],
    ManagedAgents: [],
    NetworkBindings: [],
    NetworkInterfaces: [],
  };
  const overrides = objectSchema.parse(known.Overrides);
  const containerOverride = { Command: [], EnvironmentFiles: [], ResourceRequirements: [] };
  return {
    Attachments: interfaceOf(stopped ? 'DELETED' : 'PRECREATED'),
    Attributes: [{ Name: 'ecs.cpu-architecture', Value: 'x86_64' }],
    AvailabilityZone: 'eu-west-2a',
    ...(stopped
      ? {
          Connectivity: 'CONNECTED',
          ConnectivityAt: 1771639773000,
          PullStartedAt: 1771639774000,
          PullStoppedAt: 1771639780000,
          StoppingAt: 1771639843000,
        }
      : {}),
    Cpu: '256',
    EnableExecuteCommand: false,
    EphemeralStorage: { SizeInGiB: 21 },
    InferenceAccelerators: [],
    Memory: '512',
    ...known,
    Containers: z
      .array(objectSchema)
      .parse(known.Containers)
      .map((one) => ({ ...container, ...one })),
    Overrides: {
      ...overrides,
      ContainerOverrides: z
        .array(objectSchema)
        .parse(overrides.ContainerOverrides)
        .map((one) => ({ ...containerOverride, ...one })),
      InferenceAcceleratorOverrides: [],
    },
  };
}

function parsed(text: JsonValue | undefined): Record<string, JsonValue> {
  return objectSchema.parse(JSON.parse(String(text)));
}

function detailsAsStepFunctions(
  workflow: string,
  type: string,
  details: Record<string, JsonValue>,
): Record<string, JsonValue> {
  const { output, cause, parameters } = details;
  const isTask = details.resource === 'runTask.sync';
  switch (type) {
    case 'ExecutionStarted':
      return {
        ...details,
        inputDetails: untruncated,
        roleArn: `arn:aws:iam::${deployment.account}:role/${workflowRoleName(goldenEnvironment, workflow)}`,
      };
    case 'TaskScheduled':
      return isTask
        ? {
            ...details,
            parameters: JSON.stringify({ ...parsed(parameters), StartedBy: 'AWS Step Functions' }),
          }
        : details;
    case 'TaskSubmitted': {
      const answer = parsed(output);
      const tasks = z.array(z.json()).parse(answer.Tasks);
      const whole = { ...answer, ...http, Tasks: tasks.map(fargateTask) };
      return { ...details, output: JSON.stringify(whole), outputDetails: untruncated };
    }
    case 'TaskSucceeded':
      return {
        ...details,
        output: isTask ? JSON.stringify(fargateTask(parsed(output))) : String(output),
        outputDetails: untruncated,
      };
    case 'TaskFailed':
      return isTask ? { ...details, cause: JSON.stringify(fargateTask(parsed(cause))) } : details;
    case 'ExecutionFailed':
      return String(cause).startsWith('{')
        ? { ...details, cause: JSON.stringify(fargateTask(parsed(cause))) }
        : details;
    default:
      return details;
  }
}

/** What follows from the input by the definition is left out: the laws of histories work it out. */
function withoutDerived(type: string, details: Record<string, JsonValue>): Record<string, JsonValue> {
  if (!type.includes('State') && type !== 'ExecutionSucceeded') return details;
  const { input: _input, output: _output, ...rest } = details;
  return rest;
}

/** Texts of JSON as JSON, to be read by people. */
function readable(details: Record<string, JsonValue>): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => {
      const text = jsonTexts.some((one) => one === name) && /^[{[]/.test(String(value));
      return [name, text ? parsed(value) : value];
    }),
  );
}

function asStepFunctions(
  workflow: string,
  { id, previousEventId, type, timestamp: _, ...members }: HistoryEvent,
): JsonValue {
  const details = Object.entries(members).map(([member, value]) => [
    member,
    readable(withoutDerived(type, detailsAsStepFunctions(workflow, type, objectSchema.parse(value)))),
  ]);
  return { id, previousEventId, type, timestamp: 1_771_639_763 + id, ...Object.fromEntries(details) };
}

const machines = synthesizedMachines();
const histories = await runScripted(goldenScenarios.map((scenario) => scriptedRun(scenario, machines)));
for (const [index, scenario] of goldenScenarios.entries()) {
  const events = histories[index] ?? [];
  const lines = events.map((event) => `${JSON.stringify(asStepFunctions(scenario.workflow, event))}\n`);
  const file = goldenFile(scenario);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, lines.join(''));
  process.stdout.write(`${file}\n`);
}
