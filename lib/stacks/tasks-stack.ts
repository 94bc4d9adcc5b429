import { CfnParameter, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnPrivateDnsNamespace } from 'aws-cdk-lib/aws-servicediscovery';
import type { Construct } from 'constructs';
import {
  clusterName,
  databaseAuthoritiesFile,
  internalDomain,
  scratchFolder,
  settingValues,
  taskLogGroup,
} from '../../config/names.ts';
import type { GrantPlaces } from '../constructs/contract-grants.ts';
import { ContractTask } from '../constructs/contract-task.ts';
import { EcsService } from '../constructs/gate/ecs-service.ts';
import { findService, serviceContracts, taskContracts } from '../task-contracts/catalogue.ts';
import type { EnvironmentFacts } from '../task-contracts/task-definition.ts';
import type { DatabaseStack } from './database-stack.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { NetworkStack } from './network-stack.ts';

export type TasksStackProps = StackProps & {
  readonly settings: EnvironmentSettings;
  readonly foundation: FoundationStack;
  readonly network: NetworkStack;
  readonly database: DatabaseStack;
};

/** The cluster, and one task definition with its roles for each contract. No run is named here. */
export class TasksStack extends Stack {
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly tasks: readonly ContractTask[];
  readonly services: ReadonlyMap<string, EcsService>;

  constructor(scope: Construct, id: string, props: TasksStackProps) {
    const { settings, foundation, network, database, ...stackProps } = props;
    super(scope, id, stackProps);
    const cluster = new CfnCluster(this, 'Cluster', {
      clusterName: clusterName(settings.name),
      clusterSettings: [
        // Priced by the metric: what is tried out in development is followed by its own log.
        { name: 'containerInsights', value: settings.stage === 'development' ? 'disabled' : 'enabled' },
      ],
    });
    this.clusterName = clusterName(settings.name);
    this.clusterArn = cluster.attrArn;
    // What must be kept is evidence; a group that stayed would also be in the way of the next deploy.
    new LogGroup(this, 'Log', {
      logGroupName: taskLogGroup(settings.name),
      retention: settings.logs.retentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const facts = this.facts(settings, foundation);
    const places = this.places(settings, foundation);
    this.tasks = [...taskContracts, ...serviceContracts].map(
      (contract) => new ContractTask(this, `Task-${contract.name}`, { contract, facts, places }),
    );
    // Secrets are named, not referenced: without them no task starts.
    this.addStackDependency(database);
    this.services = this.addServices(settings, network);
  }

  private facts(settings: EnvironmentSettings, { images, evidence }: FoundationStack): EnvironmentFacts {
    const digest =
      settings.image.digest ??
      new CfnParameter(this, 'ImageDigest', {
        type: 'String',
        description: 'Digest of the image that tasks run, as fraudctl image push printed it.',
        allowedPattern: '^sha256:[a-f0-9]{64}$',
      }).valueAsString;
    return {
      environment: settings.name,
      account: this.account,
      region: this.region,
      image: `${images.repositoryUri}@${digest}`,
      imageDigest: digest,
      evidenceStore: `s3://${evidence.bucketName}/`,
      databaseAuthorities: databaseAuthoritiesFile,
      scratch: scratchFolder,
      settings: settingValues(settings.name, settings.queries),
    };
  }

  private places(settings: EnvironmentSettings, foundation: FoundationStack): GrantPlaces {
    return {
      environment: settings.name,
      evidenceBucketArn: foundation.evidence.bucketArn,
      lakeBucketArn: foundation.lake.bucketArn,
      dataKeyArn: foundation.dataKey.keyArn,
      secretsKeyArn: foundation.secretsKey.key.keyArn,
      repositoryArn: foundation.images.repositoryArn,
      logGroupArn: this.formatArn({
        service: 'logs',
        resource: `log-group:${taskLogGroup(settings.name)}`,
      }),
      parameterArn: this.formatArn({ service: 'ssm', resource: 'parameter' }),
    };
  }

  private addServices(
    settings: EnvironmentSettings,
    { network, rules }: NetworkStack,
  ): ReadonlyMap<string, EcsService> {
    const namespace = new CfnPrivateDnsNamespace(this, 'Internal', {
      name: internalDomain(settings.name),
      vpc: network.vpcId,
    });
    return new Map(
      this.tasks.flatMap((task) => {
        const contract = findService(task.contract.name);
        const securityGroup = rules.services.get(task.contract.name);
        if (contract === undefined || securityGroup === undefined) return [];
        const service = new EcsService(this, `Service-${contract.name}`, {
          environment: settings.name,
          contract,
          task,
          clusterName: this.clusterName,
          clusterArn: this.clusterArn,
          namespaceId: namespace.attrId,
          subnets: network.taskSubnetIds,
          securityGroup,
          assignPublicIp: settings.network.mode === 'public-tasks' ? 'ENABLED' : 'DISABLED',
          logRetentionDays: settings.logs.retentionDays,
        });
        return [[contract.name, service] as const];
      }),
    );
  }
}
