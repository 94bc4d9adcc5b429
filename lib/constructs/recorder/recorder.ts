import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionName } from '../../../config/names.ts';
import type { Grant } from '../contract-grants.ts';
import { grantStatement } from '../grant-statements.ts';
import { handlerVariables } from '../handler-environment.ts';
import { HandlerFunction } from '../handler-function.ts';
import { clusterGrants, type HouseKeepingPlaces } from '../house-keeping-grants.ts';

export type RecorderProps = {
  readonly places: HouseKeepingPlaces;
  readonly stateMachineArns: readonly string[];
  readonly evidenceBucketName: string;
  readonly evidenceBucketArn: string;
  readonly dataKeyArn: string;
  readonly logRetentionDays: number;
};

/**
 * Writes down how tasks and executions ended, the moment they do: ECS forgets within the hour, and no
 * state machine can. On an execution that did not succeed it stops what still runs. It alone may write
 * records, which the policy of the evidence bucket holds everybody to. What was not told or not recorded it finds by
 * itself, every minute, while ECS remembers; what it gave up on is kept in a queue, with an alarm.
 */
export class Recorder extends Construct {
  readonly recorder: HandlerFunction;
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: RecorderProps) {
    super(scope, id);
    const { places } = props;
    this.undelivered = new Queue(this, 'Undelivered', {
      queueName: functionName(places.environment, 'recorder-undelivered'),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const records = `evidence/${places.environment}/run_control/*`;
    const grants: readonly Grant[] = [
      {
        sid: 'WriteRecords',
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: [`${props.evidenceBucketArn}/${records}`],
      },
      {
        sid: 'SeeRecords',
        actions: ['s3:ListBucket'],
        resources: [props.evidenceBucketArn],
        conditions: { StringLike: { 's3:prefix': [records] } },
      },
      { sid: 'UseDataKey', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [props.dataKeyArn] },
      // A Lambda whose event failed puts it there itself.
      { sid: 'KeepUndelivered', actions: ['sqs:SendMessage'], resources: [this.undelivered.queueArn] },
      ...clusterGrants(places),
      { sid: 'SeeExecutions', actions: ['states:ListExecutions'], resources: props.stateMachineArns },
      {
        sid: 'SeeHowTheyEnded',
        actions: ['states:DescribeExecution'],
        resources: props.stateMachineArns.map((arn) => `${arn.replace(':stateMachine:', ':execution:')}:*`),
      },
    ];
    this.recorder = new HandlerFunction(this, 'Recorder', {
      environment: places.environment,
      purpose: 'recorder',
      description: 'Writes task and execution records; stops what a dead execution left running.',
      entry: join(import.meta.dirname, 'recorder-handler.ts'),
      variables: {
        [handlerVariables.environment]: places.environment,
        [handlerVariables.cluster]: places.clusterName,
        [handlerVariables.evidenceBucket]: props.evidenceBucketName,
        [handlerVariables.gateService]: places.gateServiceName,
        [handlerVariables.stateMachines]: props.stateMachineArns.join(','),
        ...(places.gateWorkflowArn === undefined
          ? {}
          : { [handlerVariables.gateWorkflow]: places.gateWorkflowArn }),
      },
      timeout: Duration.minutes(2),
      logRetentionDays: props.logRetentionDays,
      statements: grants.map(grantStatement),
    });
    this.recorder.function.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: this.undelivered.queueArn }) },
    });
    const target = () =>
      new LambdaFunction(this.recorder.function, {
        deadLetterQueue: this.undelivered,
        retryAttempts: 20,
        maxEventAge: Duration.hours(6),
      });
    new Rule(this, 'EveryMinute', {
      ruleName: functionName(places.environment, 'recorder-tick'),
      description:
        'The recorder looks for what no event told of: events may be lost, and ECS forgets within the hour.',
      schedule: Schedule.rate(Duration.minutes(1)),
      // The next tick sees what this one missed.
      targets: [
        new LambdaFunction(this.recorder.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
      ],
    });
    new Rule(this, 'StoppedTasks', {
      ruleName: functionName(places.environment, 'stopped-tasks'),
      description: 'Every task of the cluster that stopped.',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: { clusterArn: [places.clusterArn], lastStatus: ['STOPPED'] },
      },
      targets: [target()],
    });
    new Rule(this, 'EndedExecutions', {
      ruleName: functionName(places.environment, 'ended-executions'),
      description: 'Every execution that ended, however it did.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [...props.stateMachineArns],
          status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [target()],
    });
  }
}
