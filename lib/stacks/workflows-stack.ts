import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { serviceName, stateMachineName } from '../../config/names.ts';
import type { HouseKeepingPlaces } from '../constructs/house-keeping-grants.ts';
import { Reaper } from '../constructs/reaper/reaper.ts';
import { Recorder } from '../constructs/recorder/recorder.ts';
import { Workflow } from '../constructs/workflow.ts';
import { gateWorkflow } from '../recorder/gate-lease.ts';
import { gateContract } from '../task-contracts/gate.ts';
import { workflows } from '../workflows/catalogue.ts';
import type { Placement } from '../workflows/run-task-state.ts';
import type { DatabaseStack } from './database-stack.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { NetworkStack } from './network-stack.ts';
import type { TasksStack } from './tasks-stack.ts';

export type WorkflowsStackProps = StackProps & {
  readonly settings: EnvironmentSettings;
  readonly foundation: FoundationStack;
  readonly network: NetworkStack;
  readonly database: DatabaseStack;
  readonly tasks: TasksStack;
};

/** The state machines, and the two that watch over what they start. */
export class WorkflowsStack extends Stack {
  readonly workflows: ReadonlyMap<string, Workflow>;
  readonly recorder: Recorder;
  readonly reaper: Reaper;

  constructor(scope: Construct, id: string, props: WorkflowsStackProps) {
    const { settings, foundation, network, database, tasks, ...stackProps } = props;
    super(scope, id, stackProps);
    const logRetentionDays = settings.logs.retentionDays;
    const ecsArn = this.arnOf('ecs');
    const { clusterName, clusterArn } = tasks;
    this.workflows = new Map(
      Object.entries(workflows).map(([workflow, define]) => [
        workflow,
        new Workflow(this, `Workflow-${workflow}`, {
          workflow,
          machine: define(this.placement(workflow, settings, network, clusterArn)),
          places: {
            environment: settings.name,
            clusterName,
            clusterArn,
            ecsArn,
            eventsArn: this.arnOf('events'),
            iamArn: `arn:${this.partition}:iam::${this.account}`,
          },
          logRetentionDays,
        }),
      ]),
    );
    const places: HouseKeepingPlaces = {
      environment: settings.name,
      clusterName,
      clusterArn,
      ecsArn,
      gateServiceName: serviceName(settings.name, gateContract.name),
      gateServiceArn: `${ecsArn}:service/${clusterName}/${serviceName(settings.name, gateContract.name)}`,
      gateWorkflowArn: this.workflows.get(gateWorkflow)?.stateMachineArn,
    };
    this.recorder = new Recorder(this, 'Recorder', {
      places,
      // Named, not referenced: the recorder must be there before the first execution.
      stateMachineArns: Object.keys(workflows).map(
        (workflow) => `${this.arnOf('states')}:stateMachine:${stateMachineName(settings.name, workflow)}`,
      ),
      evidenceBucketName: foundation.evidence.bucketName,
      evidenceBucketArn: foundation.evidence.bucketArn,
      dataKeyArn: foundation.dataKey.keyArn,
      logRetentionDays,
    });
    this.reaper = new Reaper(this, 'Reaper', {
      places,
      databaseIdentifier: database.database.identifier,
      databaseArn: database.database.instanceArn,
      logRetentionDays,
    });
  }

  private arnOf(service: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.account}`;
  }

  private placement(
    workflow: string,
    settings: EnvironmentSettings,
    { network, rules }: NetworkStack,
    clusterArn: string,
  ): Placement {
    return {
      clusterArn,
      subnets: network.taskSubnetIds,
      // Services let nobody in but the lanes of a burst.
      securityGroups: [workflow === gateWorkflow ? rules.lanes : rules.tasks],
      assignPublicIp: settings.network.mode === 'public-tasks' ? 'ENABLED' : 'DISABLED',
    };
  }
}
