import { Stack } from 'aws-cdk-lib';
import {
  CfnSecurityGroup,
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
  CfnVPCEndpoint,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { privateEndpoints } from '../stacks/environment/idle-cost.ts';
import { serviceContracts } from '../task-contracts/catalogue.ts';
import type { ServiceContract } from '../task-contracts/define-task.ts';
import type { IsolatedNetwork } from './isolated-network.ts';

export type NetworkRulesProps = {
  readonly network: IsolatedNetwork;
  /** Ranges of the database's subnets. */
  readonly databaseCidrs: readonly string[];
  readonly mode: 'public-tasks' | 'private';
};

/**
 * Who may speak to whom. Tasks and services open connections to AWS (443) and to the database; nothing
 * may open one to a task; a service is reached only from the lanes of a burst, on its own port.
 */
export class NetworkRules extends Construct {
  /** Of one-shot tasks. */
  readonly tasks: string;
  /** Of tasks that a burst runs: they alone reach services. */
  readonly lanes: string;
  readonly services: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, { network, databaseCidrs, mode }: NetworkRulesProps) {
    super(scope, id);
    const ways = [
      {
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        cidrIp: '0.0.0.0/0',
        description: 'AWS APIs over TLS',
      },
      ...databaseCidrs.map((cidrIp) => ({
        ipProtocol: 'tcp',
        fromPort: 5432,
        toPort: 5432,
        cidrIp,
        description: 'PostgreSQL',
      })),
    ];
    const group = (name: string, description: string) =>
      new CfnSecurityGroup(this, name, {
        vpcId: network.vpcId,
        groupDescription: description,
        securityGroupEgress: ways,
      });
    this.tasks = group('Tasks', 'One-shot tasks: out only').attrGroupId;
    this.lanes = group('Lanes', 'Tasks of a burst: out only, and to services').attrGroupId;
    this.services = new Map(
      serviceContracts.map((contract) => [contract.name, this.serviceGroup(contract, group)]),
    );
    if (mode === 'private') this.endpoints(network);
  }

  private serviceGroup(
    { name, port }: ServiceContract,
    group: (name: string, description: string) => CfnSecurityGroup,
  ): string {
    const service = group(`Service-${name}`, `Service ${name}: in from lanes only`).attrGroupId;
    const rule = { ipProtocol: 'tcp', fromPort: port, toPort: port, description: `lanes to ${name}` };
    new CfnSecurityGroupIngress(this, `LanesTo-${name}`, {
      groupId: service,
      sourceSecurityGroupId: this.lanes,
      ...rule,
    });
    new CfnSecurityGroupEgress(this, `LanesReach-${name}`, {
      groupId: this.lanes,
      destinationSecurityGroupId: service,
      ...rule,
    });
    return service;
  }

  private endpoints(network: IsolatedNetwork): void {
    const group = new CfnSecurityGroup(this, 'Endpoints', {
      vpcId: network.vpcId,
      groupDescription: 'Interface endpoints of AWS services',
      securityGroupIngress: [this.tasks, this.lanes, ...this.services.values()].map(
        (sourceSecurityGroupId) => ({
          ipProtocol: 'tcp',
          fromPort: 443,
          toPort: 443,
          sourceSecurityGroupId,
          description: 'AWS APIs over TLS',
        }),
      ),
      securityGroupEgress: [
        { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: network.vpcCidr, description: 'answers' },
      ],
    });
    for (const service of privateEndpoints) {
      new CfnVPCEndpoint(this, `Endpoint-${service}`, {
        vpcId: network.vpcId,
        serviceName: `com.amazonaws.${Stack.of(this).region}.${service}`,
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: [...network.taskSubnetIds],
        securityGroupIds: [group.attrGroupId],
      });
    }
  }
}
