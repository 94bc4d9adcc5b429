import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import { CfnService, type CfnServiceProps } from 'aws-cdk-lib/aws-ecs';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnService as CfnDiscoveryService } from 'aws-cdk-lib/aws-servicediscovery';
import { Construct } from 'constructs';
import { type EnvironmentName, serviceName } from '../../../config/names.ts';
import type { ServiceContract } from '../../task-contracts/define-task.ts';
import type { ContractTask } from '../contract-task.ts';
import { HandlerFunction } from '../handler-function.ts';

export type EcsServiceProps = {
  readonly environment: EnvironmentName;
  readonly contract: ServiceContract;
  readonly task: ContractTask;
  readonly clusterName: string;
  readonly clusterArn: string;
  /** Cloud Map namespace in which the service is found by the contract's name. */
  readonly namespaceId: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
  readonly assignPublicIp: 'ENABLED' | 'DISABLED';
  readonly logRetentionDays: number;
};

/**
 * A service that nothing wants until a burst does. Its wanted number begins at 0 and belongs to whoever
 * scales it: CloudFormation would set it back with every change of the service, so a deploy reads the
 * present number first and writes that one.
 */
export class EcsService extends Construct {
  readonly serviceArn: string;

  constructor(scope: Construct, id: string, props: EcsServiceProps) {
    super(scope, id);
    const { environment, contract, task } = props;
    const name = serviceName(environment, contract.name);
    const stack = Stack.of(this);
    this.serviceArn = stack.formatArn({
      service: 'ecs',
      resource: 'service',
      resourceName: `${props.clusterName}/${name}`,
    });
    const discovery = new CfnDiscoveryService(this, 'Discovery', {
      name: contract.name,
      namespaceId: props.namespaceId,
      dnsConfig: { routingPolicy: 'MULTIVALUE', dnsRecords: [{ type: 'A', ttl: 10 }] },
      healthCheckCustomConfig: { failureThreshold: 1 },
    });
    const wanted: Omit<CfnServiceProps, 'desiredCount'> = {
      serviceName: name,
      cluster: props.clusterArn,
      taskDefinition: task.taskDefinition.ref,
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      enableExecuteCommand: false,
      propagateTags: 'SERVICE',
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...props.subnets],
          securityGroups: [props.securityGroup],
          assignPublicIp: props.assignPublicIp,
        },
      },
      serviceRegistries: [{ registryArn: discovery.attrArn }],
    };
    new CfnService(this, 'Service', { ...wanted, desiredCount: this.presentCount(props, name, wanted) });
  }

  /** Read again whenever anything of the service changes, which is when CloudFormation would write it. */
  private presentCount(props: EcsServiceProps, name: string, wanted: object): number {
    const reader = new HandlerFunction(this, 'CountReader', {
      environment: props.environment,
      purpose: `${props.contract.name}-count`,
      description: `Reads how many tasks the service ${name} wants, before a deploy writes it.`,
      entry: join(import.meta.dirname, 'desired-count-handler.ts'),
      variables: {},
      timeout: Duration.minutes(2),
      logRetentionDays: props.logRetentionDays,
      statements: [
        new PolicyStatement({
          sid: 'ReadCount',
          effect: Effect.ALLOW,
          actions: ['ecs:DescribeServices'],
          resources: [this.serviceArn],
        }),
      ],
    });
    const stack = Stack.of(this);
    const resource = new CustomResource(this, 'PresentCount', {
      resourceType: 'Custom::PresentCount',
      serviceToken: reader.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: {
        // A reference, so that the cluster is there when it is asked about.
        cluster: props.clusterArn,
        service: name,
        taskDefinition: props.task.taskDefinition.ref,
        shape: createHash('sha256')
          .update(JSON.stringify(stack.resolve(wanted)))
          .digest('hex'),
      },
    });
    resource.node.addDependency(reader.role);
    return Token.asNumber(resource.getAtt('DesiredCount'));
  }
}
