import { RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import {
  CfnFlowLog,
  CfnInternetGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCEndpoint,
  CfnVPCGatewayAttachment,
} from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type EnvironmentName, flowLogGroup, product } from '../../config/names.ts';
import type { EnvironmentSettings } from '../stacks/environment/environment-settings.ts';

export type IsolatedNetworkProps = {
  readonly environment: EnvironmentName;
  readonly network: EnvironmentSettings['network'];
  readonly logRetentionDays: number;
};

/**
 * A VPC whose zones and ranges are written down, so that no synthesis looks anything up and no deploy
 * moves a subnet. The database's subnets have no route out of it. Tasks' subnets have a way out through
 * an internet gateway (`public-tasks`), or none at all (`private`). There is never a NAT gateway.
 */
export class IsolatedNetwork extends Construct {
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly taskSubnetIds: readonly string[];
  readonly databaseSubnetIds: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    { environment, network, logRetentionDays }: IsolatedNetworkProps,
  ) {
    super(scope, id);
    const vpc = new CfnVPC(this, 'Vpc', {
      cidrBlock: network.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
    });
    Tags.of(vpc).add('Name', `${product}-${environment}`);
    this.vpcId = vpc.ref;
    this.vpcCidr = network.cidr;
    const routeTable = (name: string) => new CfnRouteTable(this, name, { vpcId: vpc.ref });
    const taskRoutes = routeTable('TaskRoutes');
    const databaseRoutes = routeTable('DatabaseRoutes');
    if (network.mode === 'public-tasks') {
      const gateway = new CfnInternetGateway(this, 'Internet');
      const attachment = new CfnVPCGatewayAttachment(this, 'InternetAttachment', {
        vpcId: vpc.ref,
        internetGatewayId: gateway.ref,
      });
      new CfnRoute(this, 'WayOut', {
        routeTableId: taskRoutes.ref,
        destinationCidrBlock: '0.0.0.0/0',
        gatewayId: gateway.ref,
      }).addResourceDependency(attachment);
    }
    const subnets = (use: 'tasks' | 'database', table: CfnRouteTable) =>
      network.zones.map((zone) => {
        const name = `${use === 'tasks' ? 'Tasks' : 'Database'}${zone.name.at(-1)?.toUpperCase()}`;
        const subnet = new CfnSubnet(this, name, {
          vpcId: vpc.ref,
          availabilityZone: zone.name,
          cidrBlock: zone[use],
          // Tasks ask for their public address themselves; nothing else here may get one.
          mapPublicIpOnLaunch: false,
        });
        Tags.of(subnet).add('Name', `${product}-${environment}-${use}-${zone.name}`);
        new CfnSubnetRouteTableAssociation(this, `${name}Routes`, {
          subnetId: subnet.ref,
          routeTableId: table.ref,
        });
        return subnet.ref;
      });
    this.taskSubnetIds = subnets('tasks', taskRoutes);
    this.databaseSubnetIds = subnets('database', databaseRoutes);
    // Free, and evidence never leaves the network on its way to S3.
    new CfnVPCEndpoint(this, 'S3', {
      vpcId: vpc.ref,
      serviceName: `com.amazonaws.${Stack.of(this).region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [taskRoutes.ref],
    });
    this.logRejectedTraffic(environment, vpc, logRetentionDays);
  }

  private logRejectedTraffic(environment: EnvironmentName, vpc: CfnVPC, days: number): void {
    const log = new LogGroup(this, 'FlowLog', {
      logGroupName: flowLogGroup(environment),
      retention: days,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'FlowLogRole', {
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        write: new PolicyDocument({
          statements: [
            new PolicyStatement({
              effect: Effect.ALLOW,
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
              resources: [log.logGroupArn],
            }),
          ],
        }),
      },
    });
    new CfnFlowLog(this, 'RejectedTraffic', {
      resourceType: 'VPC',
      resourceId: vpc.ref,
      trafficType: 'REJECT',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: log.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
    });
  }
}
