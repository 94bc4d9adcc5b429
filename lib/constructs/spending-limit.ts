import { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmTopicName, budgetName, type EnvironmentName } from '../../config/names.ts';

export type SpendingLimitProps = {
  readonly environment: EnvironmentName;
  readonly monthlyUsd: number;
  readonly emails: readonly string[];
};

/** Percent of the budget at which somebody is told; the last one of what the month will come to. */
const actualPercents = [50, 80, 100];

/**
 * Where alarms go, and the first of them: money. Budgets lag by hours and see the whole account, so
 * this is a net below the reaper, not a limit. It exists whether or not an address is given: without one,
 * alarms are in the console.
 */
export class SpendingLimit extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { environment, monthlyUsd, emails }: SpendingLimitProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Alarms', { topicName: alarmTopicName(environment), enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsAndBudgets',
        effect: Effect.ALLOW,
        principals: [
          new ServicePrincipal('budgets.amazonaws.com'),
          new ServicePrincipal('cloudwatch.amazonaws.com'),
        ],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    for (const [index, endpoint] of emails.entries()) {
      new Subscription(this, `Email${index}`, {
        topic: this.topic,
        protocol: SubscriptionProtocol.EMAIL,
        endpoint,
      });
    }
    const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: {
        notificationType,
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'PERCENTAGE',
      },
      subscribers: [{ subscriptionType: 'SNS', address: this.topic.topicArn }],
    });
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: budgetName(environment),
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: [
        ...actualPercents.map((percent) => notify('ACTUAL', percent)),
        notify('FORECASTED', 100),
      ],
    });
  }
}
