import assert from 'node:assert/strict';
import { test } from 'node:test';
import aslValidator from 'asl-validator';
import { executionRoleName, stateMachineName, taskFamily, taskRoleName } from '../../config/names.ts';
import { tasksOf, workflowGrants } from '../../lib/constructs/workflow-grants.ts';
import { statementsOf } from '../../lib/stacks/checks/policy-statements.ts';
import { memberOf, resourcesOfType, textOf } from '../../lib/stacks/checks/template.ts';
import { taskContracts } from '../../lib/task-contracts/catalogue.ts';
import { workflows } from '../../lib/workflows/catalogue.ts';
import { oneShotDefinition } from '../../lib/workflows/one-shot.ts';
import type { StateMachine } from '../../lib/workflows/state-machine.ts';
import { environmentNamed } from '../support/environments.ts';
import { synthesise } from '../support/synthesise.ts';

const environment = 'dev-min';
const templates = synthesise(environmentNamed(environment));
const template = templates.get('workflows') ?? assert.fail();
const placement = {
  clusterArn: 'c',
  subnets: ['s'],
  securityGroups: ['g'],
  assignPublicIp: 'DISABLED',
} as const;
const places = {
  environment,
  clusterName: 'fraud-platform-dev-min',
  clusterArn: 'cluster',
  ecsArn: 'ecs',
  eventsArn: 'events',
  iamArn: 'iam',
};

const machineOf = (workflow: string): unknown =>
  resourcesOfType(template, 'AWS::StepFunctions::StateMachine').find(
    ([, { Properties }]) => Properties.StateMachineName === stateMachineName(environment, workflow),
  )?.[1].Properties ?? assert.fail(workflow);

test('every workflow is a state machine, and nothing else is', () => {
  assert.deepEqual(
    resourcesOfType(template, 'AWS::StepFunctions::StateMachine')
      .map(([, { Properties }]) => Properties.StateMachineName)
      .sort(),
    Object.keys(workflows)
      .map((workflow) => stateMachineName(environment, workflow))
      .sort(),
  );
});

for (const [workflow, define] of Object.entries(workflows)) {
  const text = textOf(memberOf(machineOf(workflow), 'DefinitionString'));

  test(`${workflow}: the synthesized definition is valid, and the one that runs locally`, () => {
    const synthesized = JSON.parse(text);
    const { isValid, errorsText } = aslValidator(synthesized);
    assert.ok(isValid, errorsText());
    const local = define(placement);
    assert.deepEqual(Object.keys(synthesized.States), Object.keys(local.States));
    assert.equal(synthesized.TimeoutSeconds, local.TimeoutSeconds);
  });

  test(`${workflow}: passes the roles of the tasks that it starts, which exist, and no other`, () => {
    const started = tasksOf(workflow, define(placement));
    const grants = workflowGrants(workflow, define(placement), places);
    const resources = (sid: string) => grants.find((grant) => grant.sid === sid)?.resources ?? [];
    assert.deepEqual(
      resources('RunTasks'),
      started.map((task) => `ecs:task-definition/${taskFamily(environment, task)}:*`),
    );
    assert.deepEqual(
      [...resources('PassTaskRoles')].sort(),
      started
        .flatMap((task) => [taskRoleName(environment, task), executionRoleName(environment, task)])
        .map((role) => `iam:role/${role}`)
        .sort(),
    );
    const { HearOfStoppedTasks, ...others } = Object.fromEntries(grants.map((grant) => [grant.sid, grant]));
    assert.deepEqual(HearOfStoppedTasks?.resources, ['events:rule/StepFunctionsGetEventsForECSTaskRule']);
    assert.ok(
      Object.values(others).every(({ actions }) => actions.every((one) => !one.startsWith('events:'))),
    );
    const names = taskContracts.map(({ name }) => name);
    for (const task of started) assert.ok(names.includes(task), task);
  });
}

test('a state whose task nobody has named, and a call that nobody has granted, stop the synthesis', () => {
  const oneShot = oneShotDefinition(placement);
  const machine = (state: string, Resource: string): StateMachine => ({
    ...oneShot,
    States: {
      [state]: {
        ...{ Type: 'Task', Resource, Parameters: {}, ResultPath: null, Catch: [], End: true },
        TimeoutSecondsPath: '$.timeout_seconds',
      },
    },
  });
  const runTask = 'arn:aws:states:::ecs:runTask.sync';
  assert.throws(() => workflowGrants('one-shot', machine('Other', runTask), places), /Other of one-shot/);
  assert.throws(() => workflowGrants('new', machine('Run', runTask), places), /Run of new/);
  assert.throws(
    () => workflowGrants('one-shot', machine('Run', 'arn:aws:states:::lambda:invoke'), places),
    /no grants are written for .*lambda/,
  );
});

test('only a machine that scales services may, and only services', () => {
  for (const [workflow, define] of Object.entries(workflows)) {
    const scales = JSON.stringify(define(placement)).includes('ecs:updateService');
    const grants = workflowGrants(workflow, define(placement), places);
    const scaling = grants.filter(({ actions }) => actions.includes('ecs:UpdateService'));
    assert.equal(scaling.length, scales ? 1 : 0, workflow);
    for (const { resources } of scaling)
      assert.deepEqual(resources, ['ecs:service/fraud-platform-dev-min/fraud-platform-dev-min-gate']);
  }
});

test('nobody writes evidence but tasks and the recorder', () => {
  const writers = statementsOf(template).filter(
    ({ kind, actions }) => kind === 'role' && actions.includes('s3:PutObject'),
  );
  assert.deepEqual(
    [...new Set(writers.map(({ logicalId }) => logicalId.replace(/Role.*$/, '')))],
    ['Recorder'],
  );
});

test('the recorder hears of every stopped task of the cluster, and of every end of every machine', () => {
  const rules = resourcesOfType(template, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);
  const pattern = (source: string) =>
    rules.map((rule) => rule.EventPattern).find((one) => textOf(memberOf(one, 'source')) === source);
  assert.deepEqual(memberOf(pattern('aws.ecs'), 'detail', 'lastStatus'), ['STOPPED']);
  assert.notEqual(memberOf(pattern('aws.ecs'), 'detail', 'clusterArn'), undefined);
  const ends = memberOf(pattern('aws.states'), 'detail');
  assert.deepEqual(memberOf(ends, 'status'), ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']);
  const machines = memberOf(ends, 'stateMachineArn');
  assert.ok(Array.isArray(machines) && machines.length === Object.keys(workflows).length);
});

test('the reaper looks every minute', () => {
  const [rule] = resourcesOfType(template, 'AWS::Events::Rule').filter(
    ([, { Properties }]) => Properties.ScheduleExpression !== undefined,
  );
  assert.equal(rule?.[1].Properties.ScheduleExpression, 'rate(1 minute)');
});

test('tasks of a burst are in the lanes’ security group, all others are not', () => {
  for (const workflow of Object.keys(workflows)) {
    const text = textOf(memberOf(machineOf(workflow), 'DefinitionString'));
    assert.equal(text.includes('RulesLanes'), workflow === 'bounded-burst', workflow);
    assert.equal(text.includes('RulesTasks'), workflow !== 'bounded-burst', workflow);
  }
});
