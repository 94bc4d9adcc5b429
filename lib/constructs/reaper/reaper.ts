import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { functionName } from '../../../config/names.ts';
import type { Grant } from '../contract-grants.ts';
import { grantStatement } from '../grant-statements.ts';
import { handlerVariables } from '../handler-environment.ts';
import { HandlerFunction } from '../handler-function.ts';
import { clusterGrants, type HouseKeepingPlaces } from '../house-keeping-grants.ts';

export type ReaperProps = {
  readonly places: HouseKeepingPlaces;
  readonly databaseIdentifier: string;
  readonly databaseArn: string;
  readonly logRetentionDays: number;
};

/**
 * The last one to hold a deadline, every minute, whatever became of task, state machine and operator. It
 * also ends what costs while idle: a gate without a burst, a database that RDS started again by itself.
 */
export class Reaper extends Construct {
  readonly reaper: HandlerFunction;

  constructor(scope: Construct, id: string, props: ReaperProps) {
    super(scope, id);
    const { places } = props;
    const grants: readonly Grant[] = [
      ...clusterGrants(places),
      {
        sid: 'SeeGate',
        actions: ['ecs:DescribeServices'],
        resources: [places.gateServiceArn],
        conditions: { ArnEquals: { 'ecs:cluster': places.clusterArn } },
      },
      {
        sid: 'StopDatabaseAgain',
        actions: ['rds:DescribeDBInstances', 'rds:StopDBInstance'],
        resources: [props.databaseArn],
      },
    ];
    this.reaper = new HandlerFunction(this, 'Reaper', {
      environment: places.environment,
      purpose: 'reaper',
      description: 'Stops tasks past their deadline, an idle gate, a database stopped on purpose.',
      entry: join(import.meta.dirname, 'reaper-handler.ts'),
      variables: {
        [handlerVariables.cluster]: places.clusterName,
        [handlerVariables.gateService]: places.gateServiceName,
        [handlerVariables.database]: props.databaseIdentifier,
        ...(places.gateWorkflowArn === undefined
          ? {}
          : { [handlerVariables.gateWorkflow]: places.gateWorkflowArn }),
      },
      timeout: Duration.seconds(55),
      logRetentionDays: props.logRetentionDays,
      statements: grants.map(grantStatement),
    });
    // The next tick is a minute away: an old one is worth nothing.
    this.reaper.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new Rule(this, 'EveryMinute', {
      ruleName: functionName(places.environment, 'reaper-tick'),
      description: 'The reaper looks every minute.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        new LambdaFunction(this.reaper.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
      ],
    });
  }
}
