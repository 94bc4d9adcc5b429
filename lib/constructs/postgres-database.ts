import { CfnDeletionPolicy, RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnDBInstance, CfnDBParameterGroup, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { databaseIdentifier, databaseName, type EnvironmentName } from '../../config/names.ts';
import type { EnvironmentSettings } from '../stacks/environment/environment-settings.ts';
import { masterRole } from '../task-contracts/migrate.ts';
import type { IsolatedNetwork } from './isolated-network.ts';

export type PostgresDatabaseProps = {
  readonly environment: EnvironmentName;
  readonly settings: EnvironmentSettings['database'];
  readonly network: IsolatedNetwork;
  /** Security groups of who may connect. */
  readonly clients: readonly string[];
  readonly logRetentionDays: number;
};

/**
 * PostgreSQL without a public side: TLS forced, SCRAM only, encrypted, the owner's password made and
 * rotated by RDS. Its security group is its own and not the network's, so that stacks stay in one order.
 */
export class PostgresDatabase extends Construct {
  readonly identifier: string;
  readonly instanceArn: string;
  readonly host: string;
  readonly port: string;
  /** ARN of RDS's own secret with the owner's password. */
  readonly masterSecretArn: string;

  constructor(scope: Construct, id: string, props: PostgresDatabaseProps) {
    super(scope, id);
    const { environment, settings, network } = props;
    const group = new CfnSecurityGroup(this, 'Access', {
      vpcId: network.vpcId,
      groupDescription: 'PostgreSQL: in from tasks and services only',
      securityGroupIngress: props.clients.map((sourceSecurityGroupId) => ({
        ipProtocol: 'tcp',
        fromPort: 5432,
        toPort: 5432,
        sourceSecurityGroupId,
        description: 'PostgreSQL',
      })),
      // A server opens no connections; without a rule, AWS would let it open any.
      securityGroupEgress: [
        { ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32', description: 'none' },
      ],
    });
    const subnets = new CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupDescription: 'Isolated subnets',
      subnetIds: [...network.databaseSubnetIds],
    });
    const parameters = new CfnDBParameterGroup(this, 'Parameters', {
      family: 'postgres17',
      description: 'TLS and SCRAM, nothing else',
      parameters: {
        'rds.force_ssl': '1',
        password_encryption: 'scram-sha-256',
        'rds.accepted_password_auth_method': 'scram',
        log_connections: '1',
        log_disconnections: '1',
      },
    });
    this.identifier = databaseIdentifier(environment);
    // RDS would make the group itself, without an end to it, and leave it behind.
    const log = new LogGroup(this, 'Log', {
      logGroupName: `/aws/rds/instance/${this.identifier}/postgresql`,
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const instance = new CfnDBInstance(this, 'Instance', {
      dbInstanceIdentifier: this.identifier,
      engine: 'postgres',
      engineVersion: settings.engineVersion,
      dbInstanceClass: `db.${settings.instanceClass}`,
      dbName: databaseName,
      masterUsername: masterRole,
      manageMasterUserPassword: true,
      storageType: 'gp3',
      allocatedStorage: String(settings.storageGiB),
      maxAllocatedStorage: settings.maximumStorageGiB,
      storageEncrypted: true,
      multiAz: settings.multiAz,
      publiclyAccessible: false,
      port: '5432',
      dbSubnetGroupName: subnets.ref,
      vpcSecurityGroups: [group.attrGroupId],
      dbParameterGroupName: parameters.ref,
      caCertificateIdentifier: 'rds-ca-rsa2048-g1',
      backupRetentionPeriod: settings.backupDays,
      deletionProtection: settings.deletionProtection,
      deleteAutomatedBackups: !settings.deletionProtection,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: false,
      enableCloudwatchLogsExports: ['postgresql'],
    });
    instance.node.addDependency(log);
    instance.cfnOptions.deletionPolicy = CfnDeletionPolicy.SNAPSHOT;
    instance.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
    this.instanceArn = instance.attrDbInstanceArn;
    this.host = instance.attrEndpointAddress;
    this.port = instance.attrEndpointPort;
    this.masterSecretArn = instance.attrMasterUserSecretSecretArn;
  }
}
