import {
  type EnvironmentName,
  executionRoleName,
  serviceName,
  taskFamily,
  taskRoleName,
} from '../../config/names.ts';
import { serviceContracts, taskContracts } from '../task-contracts/catalogue.ts';
import { runTaskResource, type StateMachine, updateServiceResource } from '../workflows/state-machine.ts';
import type { Grant } from './contract-grants.ts';

/** Where a state machine acts; ARNs may be unresolved references. */
export type WorkflowPlaces = {
  readonly environment: EnvironmentName;
  readonly clusterName: string;
  readonly clusterArn: string;
  /** `arn:…:ecs:region:account`, `arn:…:events:region:account` and `arn:…:iam::account`, without what follows. */
  readonly ecsArn: string;
  readonly eventsArn: string;
  readonly iamArn: string;
};

/**
 * Which task each state starts: definitions name their task definitions by input, so that they cannot say
 * it themselves. `any`: what the operator asks for.
 */
const startedBy: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'bounded-burst': { Open: 'burst', Lane: 'burst', Close: 'burst' },
  'one-shot': { Run: 'any' },
  'segment-5a': { Prepare: 'segment', Lane: 'segment', Validate: 'segment' },
};

/**
 * Names of the one-shot tasks that a workflow may start, sorted. Throws a plain `Error` on a state that
 * the table above does not know: its task would be refused, in the middle of a run.
 */
export function tasksOf(workflow: string, machine: StateMachine): readonly string[] {
  const tasks = callsOf(machine).flatMap(({ state, resource }) => {
    if (resource !== runTaskResource) return [];
    const task = startedBy[workflow]?.[state];
    if (task === undefined) throw new Error(`which task does ${state} of ${workflow} start?`);
    return task === 'any' ? taskContracts.map(({ name }) => name) : [task];
  });
  return [...new Set(tasks)].sort();
}

/** Every state of a machine that calls something, in lanes too. */
export function callsOf(
  machine: StateMachine,
): readonly { readonly state: string; readonly resource: string }[] {
  const found: { state: string; resource: string }[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'object' && member !== null && member.Type === 'Task') {
        found.push({ state: name, resource: String(member.Resource) });
      }
      look(member);
    }
  };
  look(machine);
  return found;
}

/**
 * What a state machine may do: exactly what its states call. A resource that nobody has thought about
 * throws, when the stack is made. Pure.
 */
export function workflowGrants(
  workflow: string,
  machine: StateMachine,
  places: WorkflowPlaces,
): readonly Grant[] {
  const resources = [...new Set(callsOf(machine).map(({ resource }) => resource))].sort();
  return resources.flatMap((resource) => {
    switch (resource) {
      case runTaskResource:
        return runTaskGrants(tasksOf(workflow, machine), places);
      case updateServiceResource:
        return [serviceGrant('ScaleServices', 'ecs:UpdateService', places)];
      case 'arn:aws:states:::aws-sdk:ecs:describeServices':
        return [serviceGrant('SeeServices', 'ecs:DescribeServices', places)];
      default:
        throw new Error(`no grants are written for ${resource}, which ${workflow} calls`);
    }
  });
}

function runTaskGrants(tasks: readonly string[], places: WorkflowPlaces): readonly Grant[] {
  const { environment, clusterArn, clusterName, ecsArn, eventsArn, iamArn } = places;
  const inCluster = { ArnEquals: { 'ecs:cluster': clusterArn } };
  const anyTask = `${ecsArn}:task/${clusterName}/*`;
  return [
    {
      sid: 'RunTasks',
      actions: ['ecs:RunTask'],
      resources: tasks.map((task) => `${ecsArn}:task-definition/${taskFamily(environment, task)}:*`),
      conditions: inCluster,
    },
    {
      sid: 'FollowTasks',
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
      resources: [anyTask],
      conditions: inCluster,
    },
    {
      sid: 'TagLaunches',
      actions: ['ecs:TagResource'],
      resources: [anyTask],
      conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    },
    {
      sid: 'PassTaskRoles',
      actions: ['iam:PassRole'],
      resources: tasks.flatMap((task) => [
        `${iamArn}:role/${taskRoleName(environment, task)}`,
        `${iamArn}:role/${executionRoleName(environment, task)}`,
      ]),
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
    {
      // How `.sync` learns that a task stopped.
      sid: 'HearOfStoppedTasks',
      actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      resources: [`${eventsArn}:rule/StepFunctionsGetEventsForECSTaskRule`],
    },
  ];
}

function serviceGrant(sid: string, action: string, places: WorkflowPlaces): Grant {
  return {
    sid,
    actions: [action],
    resources: serviceContracts.map(
      ({ name }) => `${places.ecsArn}:service/${places.clusterName}/${serviceName(places.environment, name)}`,
    ),
    conditions: { ArnEquals: { 'ecs:cluster': places.clusterArn } },
  };
}
