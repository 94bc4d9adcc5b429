import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PostgresDatabase } from '../constructs/postgres-database.ts';
import { SecretParameters } from '../constructs/secrets/secret-parameters.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';
import type { FoundationStack } from './foundation-stack.ts';
import type { NetworkStack } from './network-stack.ts';

export type DatabaseStackProps = StackProps & {
  readonly settings: EnvironmentSettings;
  readonly foundation: FoundationStack;
  readonly network: NetworkStack;
};

/** PostgreSQL, and every secret that a contract asks for. */
export class DatabaseStack extends Stack {
  readonly database: PostgresDatabase;
  readonly secrets: SecretParameters;

  constructor(scope: Construct, id: string, { settings, foundation, network, ...props }: DatabaseStackProps) {
    super(scope, id, props);
    const { rules } = network;
    this.database = new PostgresDatabase(this, 'Database', {
      environment: settings.name,
      settings: settings.database,
      network: network.network,
      clients: [rules.tasks, rules.lanes, ...rules.services.values()],
      logRetentionDays: settings.logs.retentionDays,
    });
    this.secrets = new SecretParameters(this, 'Secrets', {
      environment: settings.name,
      database: this.database,
      key: foundation.secretsKey.key,
      rotation: settings.secrets.rotation,
      logRetentionDays: settings.logs.retentionDays,
    });
  }
}
