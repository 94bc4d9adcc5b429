import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type EnvironmentName, functionName } from '../../config/names.ts';

export type AlarmBoardProps = {
  readonly environment: EnvironmentName;
  readonly topic: ITopic;
  /** By purpose, such as `reaper`. */
  readonly functionNames: ReadonlyMap<string, string>;
  readonly undeliveredQueueName: string;
  /** By workflow. */
  readonly stateMachineArns: ReadonlyMap<string, string>;
  readonly databaseIdentifier: string;
  readonly clusterName: string;
  readonly serviceNames: readonly string[];
};

type AlarmWish = {
  readonly name: string;
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly periods?: number;
  readonly below?: boolean;
  readonly whenSilent?: TreatMissingData;
};

/**
 * What somebody must be told, and one page to look at. Every alarm has one meaning and one thing to do,
 * which its description says. The reaper is also watched for not running at all: silence there would look
 * like peace.
 */
export class AlarmBoard extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmBoardProps) {
    super(scope, id);
    const lambda = (purpose: string, metricName: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { FunctionName: props.functionNames.get(purpose) ?? purpose },
        statistic: 'Sum',
        period: Duration.minutes(5),
      });
    const database = (metricName: string) =>
      new Metric({
        namespace: 'AWS/RDS',
        metricName,
        dimensionsMap: { DBInstanceIdentifier: props.databaseIdentifier },
        statistic: 'Average',
        period: Duration.minutes(5),
      });
    const machine = (arn: string, metricName: string) =>
      new Metric({
        namespace: 'AWS/States',
        metricName,
        dimensionsMap: { StateMachineArn: arn },
        statistic: 'Sum',
        period: Duration.minutes(5),
      });
    const failedRuns = new MathExpression({
      expression: 'SUM(METRICS())',
      label: 'executions that did not succeed',
      period: Duration.minutes(5),
      usingMetrics: Object.fromEntries(
        [...props.stateMachineArns.values()].flatMap((arn, index) =>
          ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map((name, kind) => [
            `m${index}x${kind}`,
            machine(arn, name),
          ]),
        ),
      ),
    });
    const undelivered = new Metric({
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensionsMap: { QueueName: props.undeliveredQueueName },
      statistic: 'Maximum',
      period: Duration.minutes(5),
    });
    const wishes: readonly AlarmWish[] = [
      ...[...props.functionNames.keys()].map((purpose) => ({
        name: `${purpose}-errors`,
        description: `The ${purpose} failed. Read its log; what it was to do is not done.`,
        metric: lambda(purpose, 'Errors'),
        threshold: 1,
      })),
      {
        name: 'reaper-silent',
        description: 'The reaper has not run for 15 minutes: nobody holds deadlines. Look at its schedule.',
        metric: lambda('reaper', 'Invocations'),
        threshold: 1,
        periods: 3,
        below: true,
        whenSilent: TreatMissingData.BREACHING,
      },
      {
        name: 'records-undelivered',
        description:
          'The recorder gave up on an event: a verdict may stay INDETERMINATE. Mend what its log names: every minute it records by itself what ECS still knows, for an hour. Its queue keeps each event for 14 days, in requestPayload or as the body, for whoever looks into older ones; nothing delivers it again.',
        metric: undelivered,
        threshold: 1,
      },
      {
        name: 'runs-failed',
        description: 'An execution failed, timed out or was aborted. fraudctl runs list says which.',
        metric: failedRuns,
        threshold: 1,
      },
      {
        name: 'database-storage',
        description: 'Less than 2 GiB free in the database. Raise maximumStorageGiB.',
        metric: database('FreeStorageSpace'),
        threshold: 2 * 1024 ** 3,
        below: true,
      },
      {
        name: 'database-connections',
        description: 'Connections near the limit of the instance. Fewer lanes, or a larger instance.',
        metric: database('DatabaseConnections'),
        threshold: 60,
        periods: 2,
      },
    ];
    this.alarms = wishes.map((wish) => this.alarm(props, wish));
    const board = new Dashboard(this, 'Board', {
      dashboardName: functionName(props.environment, 'overview'),
      defaultInterval: Duration.hours(6),
    });
    const graph = (title: string, left: readonly IMetric[]) =>
      new GraphWidget({ title, left: [...left], width: 12 });
    const everyMachine = [...props.stateMachineArns.entries()];
    board.addWidgets(
      graph(
        'Executions started',
        everyMachine.map(([label, arn]) => machine(arn, 'ExecutionsStarted').with({ label })),
      ),
      graph('Executions that did not succeed', [failedRuns]),
    );
    board.addWidgets(
      graph('Database', [database('CPUUtilization'), database('DatabaseConnections')]),
      graph(
        'Errors of the platform’s own functions',
        [...props.functionNames.keys()].map((purpose) => lambda(purpose, 'Errors').with({ label: purpose })),
      ),
    );
    board.addWidgets(
      new SingleValueWidget({ title: 'Records undelivered', metrics: [undelivered], width: 12 }),
      graph(
        'Services, CPU',
        props.serviceNames.map(
          (service) =>
            new Metric({
              namespace: 'AWS/ECS',
              metricName: 'CPUUtilization',
              dimensionsMap: { ClusterName: props.clusterName, ServiceName: service },
              label: service,
            }),
        ),
      ),
    );
  }

  private alarm({ environment, topic }: AlarmBoardProps, wish: AlarmWish): Alarm {
    const alarm = new Alarm(this, wish.name, {
      alarmName: functionName(environment, wish.name),
      alarmDescription: wish.description,
      metric: wish.metric,
      threshold: wish.threshold,
      evaluationPeriods: wish.periods ?? 1,
      comparisonOperator:
        wish.below === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: wish.whenSilent ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  }
}
