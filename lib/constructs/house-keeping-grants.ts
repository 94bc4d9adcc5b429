import type { EnvironmentName } from '../../config/names.ts';
import type { Grant } from './contract-grants.ts';

/** Where recorder and reaper act; ARNs may be unresolved references. */
export type HouseKeepingPlaces = {
  readonly environment: EnvironmentName;
  readonly clusterName: string;
  readonly clusterArn: string;
  /** `arn:…:ecs:region:account`. */
  readonly ecsArn: string;
  readonly gateServiceName: string;
  readonly gateServiceArn: string;
  /** Machine whose executions need the gate; `undefined` while there is none. */
  readonly gateWorkflowArn: string | undefined;
};

/** See and stop the cluster's tasks, and scale the gate when no execution needs it. Pure. */
export function clusterGrants(places: HouseKeepingPlaces): readonly Grant[] {
  const inCluster = { ArnEquals: { 'ecs:cluster': places.clusterArn } };
  return [
    // ListTasks knows no resource of Fargate; the cluster is its condition.
    { sid: 'ListTasks', actions: ['ecs:ListTasks'], resources: ['*'], conditions: inCluster },
    {
      sid: 'StopTasks',
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
      resources: [`${places.ecsArn}:task/${places.clusterName}/*`],
      conditions: inCluster,
    },
    {
      sid: 'ScaleGate',
      actions: ['ecs:UpdateService'],
      resources: [places.gateServiceArn],
      conditions: inCluster,
    },
    ...(places.gateWorkflowArn === undefined
      ? []
      : [
          {
            sid: 'SeeGateExecutions',
            actions: ['states:ListExecutions'],
            resources: [places.gateWorkflowArn],
          },
        ]),
  ];
}
