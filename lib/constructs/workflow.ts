import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { stateMachineName, workflowLogGroup, workflowRoleName } from '../../config/names.ts';
import type { StateMachine } from '../workflows/state-machine.ts';
import { grantStatement } from './grant-statements.ts';
import { type WorkflowPlaces, workflowGrants } from './workflow-grants.ts';

export type WorkflowProps = {
  readonly workflow: string;
  readonly machine: StateMachine;
  readonly places: WorkflowPlaces;
  readonly logRetentionDays: number;
};

/** Actions of log delivery know no resource; Step Functions sets its own delivery up with them. */
const deliverLogs = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];

/**
 * A state machine from its plain definition, with a role that may do what its states call and nothing
 * else. Its log has the steps but not their data, which may hold parameters.
 */
export class Workflow extends Construct {
  readonly stateMachineArn: string;
  readonly role: Role;

  constructor(scope: Construct, id: string, { workflow, machine, places, logRetentionDays }: WorkflowProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const name = stateMachineName(places.environment, workflow);
    this.stateMachineArn = stack.formatArn({
      service: 'states',
      resource: `stateMachine:${name}`,
    });
    const log = new LogGroup(this, 'Log', {
      logGroupName: workflowLogGroup(places.environment, workflow),
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      roleName: workflowRoleName(places.environment, workflow),
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': this.stateMachineArn },
        },
      }),
      inlinePolicies: {
        calls: new PolicyDocument({
          statements: [
            ...workflowGrants(workflow, machine, places).map(grantStatement),
            new PolicyStatement({
              sid: 'DeliverLogs',
              effect: Effect.ALLOW,
              actions: deliverLogs,
              resources: ['*'],
            }),
          ],
        }),
      },
    });
    const definition = new CfnStateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: 'STANDARD',
      roleArn: this.role.roleArn,
      definitionString: stack.toJsonString(machine),
      loggingConfiguration: {
        level: 'ALL',
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logGroupArn } }],
      },
    });
    // Creation fails while the role cannot deliver logs yet.
    definition.node.addDependency(this.role);
  }
}
