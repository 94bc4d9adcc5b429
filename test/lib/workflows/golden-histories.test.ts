import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { before, test } from 'node:test';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import type { HistoryEvent } from '../../../lib/local-cloud/executions/history.ts';
import { connectCloud } from '../../../lib/operator/cloud-clients.ts';
import { type ToldExecution, tellExecution } from '../../../lib/operator/execution-history.ts';
import { followExecution } from '../../../lib/operator/follow-execution.ts';
import { workflows } from '../../../lib/workflows/catalogue.ts';
import { runTaskResource, type StateMachine } from '../../../lib/workflows/state-machine.ts';
import { awsError, startFakeAws } from '../../support/fake-aws.ts';
import {
  deployment,
  executionNameOf,
  type GoldenScenario,
  goldenEnvironment,
  goldenScenarios,
  readGolden,
  scriptedRun,
  synthesizedMachines,
} from '../../support/history/golden-scenarios.ts';
import { assertLawful } from '../../support/history/history-laws.ts';
import { runScripted } from '../../support/history/scripted-machine.ts';

const machines = synthesizedMachines();
const machineOf = (workflow: string) => machines.get(workflow) ?? assert.fail(workflow);

const nameOf = ({ workflow, name }: GoldenScenario) => `${workflow}, ${name}`;
const interpreted = new Map<string, readonly HistoryEvent[]>();
before(async () => {
  const histories = await runScripted(goldenScenarios.map((scenario) => scriptedRun(scenario, machines)));
  for (const [index, scenario] of goldenScenarios.entries()) {
    interpreted.set(nameOf(scenario), histories[index] ?? []);
  }
});
const interpretedOf = (scenario: GoldenScenario) => interpreted.get(nameOf(scenario)) ?? assert.fail();

const placementSchema = z.object({
  Cluster: z.string(),
  NetworkConfiguration: z.object({
    AwsvpcConfiguration: z.object({
      Subnets: z.array(z.string()),
      SecurityGroups: z.array(z.string()),
      AssignPublicIp: z.enum(['ENABLED', 'DISABLED']),
    }),
  }),
});

function placementOf(machine: StateMachine) {
  const launch = Object.values(machine.States).find(
    (state) => state.Type === 'Task' && state.Resource === runTaskResource,
  );
  assert.ok(launch?.Type === 'Task');
  const { Cluster, NetworkConfiguration } = placementSchema.parse(launch.Parameters);
  const { Subnets, SecurityGroups, AssignPublicIp } = NetworkConfiguration.AwsvpcConfiguration;
  return {
    clusterArn: Cluster,
    subnets: Subnets,
    securityGroups: SecurityGroups,
    assignPublicIp: AssignPublicIp,
  };
}

for (const [workflow, define] of Object.entries(workflows)) {
  test(`${workflow}: what is deployed is what lib/workflows says, with the placement filled in`, () => {
    const deployed = machineOf(workflow);
    const placement = placementOf(deployed);
    assert.match(
      placement.clusterArn,
      /^arn:aws:ecs:eu-west-2:111111111111:cluster\/fraud-platform-dev-min$/,
    );
    assert.deepEqual(deployed, JSON.parse(JSON.stringify(define(placement))));
  });

  test(`${workflow}: there is a golden history of each way to end`, () => {
    const names = goldenScenarios.filter((one) => one.workflow === workflow).map(({ name }) => name);
    for (const name of ['success', 'task-failure', 'timeout', 'abort', 'throttled-launch']) {
      assert.ok(names.includes(name), name);
    }
  });
}

for (const scenario of goldenScenarios) {
  const machine = () => machineOf(scenario.workflow);

  test(`${nameOf(scenario)}: the golden history is one of the synthesized definition`, async () => {
    assertLawful(machine(), executionNameOf(scenario), await readGolden(scenario));
  });

  test(`${nameOf(scenario)}: the local cloud writes it, lane by lane, and adds nothing`, async () => {
    const events = interpretedOf(scenario);
    assertLawful(machine(), executionNameOf(scenario), events);
    const golden = threadsOf(await readGolden(scenario));
    const local = threadsOf(events);
    assert.deepEqual([...local.keys()].sort(), [...golden.keys()].sort());
    for (const [thread, mine] of local) {
      const theirs = golden.get(thread) ?? [];
      assert.deepEqual(
        mine.map(({ type }) => type),
        theirs.map(({ type }) => type),
        thread,
      );
      for (const [index, event] of mine.entries()) assertWithin(theirs[index], event);
    }
  });

  test(`${nameOf(scenario)}: the operator reads both alike`, async () => {
    const { told, story } = await follow(await readGolden(scenario));
    assert.deepEqual(await follow(interpretedOf(scenario)), { told, story });
    const throttled = Object.values(scenario.ends).filter((end) => typeof end === 'object');
    assert.equal(story.refused.size, throttled.length);
    const launches = told.filter(({ kind }) => kind === 'launched');
    assert.ok(launches.every(({ taskArn }) => String(taskArn).startsWith('arn:aws:ecs:')));
    assert.equal(told.filter(({ kind }) => kind === 'execution-ended').length, 1);
  });
}

test('a history that could not be of the definition is found out', async () => {
  const [scenario] = goldenScenarios;
  assert.ok(scenario !== undefined);
  const events = await readGolden(scenario);
  const name = executionNameOf(scenario);
  const machine = machineOf(scenario.workflow);
  const { Run, ...others } = machine.States;
  assert.ok(Run?.Type === 'Task');
  const drifted = (run: object) => ({ ...machine, States: { ...others, Run: { ...Run, ...run } } });
  const changes: readonly (readonly [StateMachine, readonly HistoryEvent[]])[] = [
    [drifted({ Next: 'Failed' }), events],
    [drifted({ Resource: 'arn:aws:states:::ecs:runTask' }), events],
    [drifted({ TimeoutSecondsPath: '$.relaunch_wait_seconds' }), events],
    [machine, events.slice(0, -2)],
    [machine, events.toSpliced(3, 1)],
    [machine, events.map((event) => ({ ...event, previousEventId: event.id - 1 }))],
  ];
  for (const [definition, history] of changes) {
    assert.throws(() => assertLawful(definition, name, history), assert.AssertionError);
  }
});

/** Events by the thread they are of: the machine's own, and each lane's. */
function threadsOf(events: readonly HistoryEvent[]): ReadonlyMap<string, readonly HistoryEvent[]> {
  const threads = new Map<number, string>();
  return Map.groupBy(events, (event) => {
    const index = /"index":(\d+)/.exec(JSON.stringify(event))?.[1];
    const own = event.type.startsWith('MapIteration')
      ? `lane ${index}`
      : /^(?:MapState|Execution)/.test(event.type)
        ? 'machine'
        : (threads.get(event.previousEventId) ?? 'machine');
    threads.set(event.id, own);
    return own;
  });
}

/** Whether everything that one side says is said by the other, too; texts of JSON are compared as JSON. */
function assertWithin(whole: unknown, part: unknown, path = ''): void {
  const [one, other] = [asJson(whole), asJson(part)];
  if (typeof other !== 'object' || other === null) {
    assert.deepEqual(other, one, path);
    return;
  }
  assert.ok(typeof one === 'object' && one !== null, path);
  for (const [key, value] of Object.entries(other)) {
    const clock = ['id', 'previousEventId', 'timestamp'].includes(key);
    const derived = ['input', 'output'].includes(key) && !(key in one);
    if (!clock && !derived) assertWithin(Reflect.get(one, key), value, `${path}.${key}`);
  }
}

function asJson(value: unknown): unknown {
  return typeof value === 'string' && /^[{[]/.test(value) ? JSON.parse(value) : value;
}

type Told = Readonly<Record<string, unknown>> & { readonly kind: string };

/**
 * What the operator makes of an execution with this history: what its follower says, without times and in no order,
 * for lanes overtake each other; and what is told when it is over.
 */
async function follow(
  events: readonly HistoryEvent[],
): Promise<{ readonly told: readonly Told[]; readonly story: ToldExecution }> {
  const fake = await startFakeAws({
    'AWSStepFunctions.GetExecutionHistory': ({ body }) => ({
      body: { events: Object(body).reverseOrder === true ? events.toReversed() : events },
    }),
    'Logs_20140328.GetLogEvents': () => awsError('ResourceNotFoundException'),
  });
  const clients = connectCloud({
    region: deployment.region,
    loopback: { endpoint: fake.url, accessKey: 'unused' },
  });
  const unused = createFolderStore(tmpdir());
  // Every task has stopped and left no result: its log is at its end.
  const recorded = async (key: string) =>
    key.endsWith('/task-record.json') ? canonicalBytes({}) : undefined;
  const environment = {
    name: goldenEnvironment,
    account: deployment.account,
    region: deployment.region,
    clients,
    evidence: { ...unused, get: recorded },
    mirror: unused,
  };
  const told: Told[] = [];
  let story: ToldExecution;
  try {
    const signal = new AbortController().signal;
    for await (const event of followExecution(environment, 'arn', 'probe', Date.now, signal)) {
      const members = Object.entries(event).filter(([key]) => key !== 'at');
      told.push({ ...Object.fromEntries(members), kind: event.kind });
    }
    const page = await clients.stepFunctions.send(new GetExecutionHistoryCommand({ executionArn: 'arn' }));
    story = tellExecution(page.events ?? []);
  } finally {
    clients.close();
    await fake.close();
  }
  return { told: told.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)), story };
}
