import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { functionName, serviceName } from '../../config/names.ts';
import { AlarmBoard } from '../constructs/alarm-board.ts';
import type { DatabaseStack } from './database-stack.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { TasksStack } from './tasks-stack.ts';
import type { WorkflowsStack } from './workflows-stack.ts';

export type ObservabilityStackProps = StackProps & {
  readonly settings: EnvironmentSettings;
  readonly foundation: FoundationStack;
  readonly database: DatabaseStack;
  readonly tasks: TasksStack;
  readonly workflows: WorkflowsStack;
};

/** Alarms and the dashboard. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    const { settings, foundation, database, tasks, workflows, ...stackProps } = props;
    super(scope, id, stackProps);
    const purposes = ['recorder', 'reaper', 'secret-writer'];
    new AlarmBoard(this, 'Alarms', {
      environment: settings.name,
      topic: foundation.spending.topic,
      functionNames: new Map(purposes.map((purpose) => [purpose, functionName(settings.name, purpose)])),
      undeliveredQueueName: functionName(settings.name, 'recorder-undelivered'),
      stateMachineArns: new Map(
        [...workflows.workflows].map(([name, { stateMachineArn }]) => [name, stateMachineArn]),
      ),
      databaseIdentifier: database.database.identifier,
      clusterName: tasks.clusterName,
      serviceNames: [...tasks.services.keys()].map((service) => serviceName(settings.name, service)),
    });
    this.addStackDependency(workflows);
  }
}
