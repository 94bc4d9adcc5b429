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
 * Tasks that a machine starts, where that is fewer than all: the definition names its task definitions
 * by input, so that it cannot say so itself.
 */
const startsOnly: Readonly<Record<string, readonly string[]>> = { 'segment-5a': ['segment'] };

/** Names of the one-shot tasks that a workflow may start. */
export function tasksOf(workflow: string): readonly string[] {
  return startsOnly[workflow] ?? taskContracts.map(({ name }) => name);
}

/** Resources of the states of a machine, nested ones too. */
export function resourcesOf(machine: StateMachine): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('Type' in value && value.Type === 'Task' && 'Resource' in value) found.add(String(value.Resource));
    for (const member of Object.values(value)) look(member);
  };
  look(machine.States);
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
  return [...resourcesOf(machine)].sort().flatMap((resource) => {
    switch (resource) {
      case runTaskResource:
        return runTaskGrants(tasksOf(workflow), places);
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
