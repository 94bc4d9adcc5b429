import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { IsolatedNetwork } from '../constructs/isolated-network.ts';
import { NetworkRules } from '../constructs/network-rules.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';

export type NetworkStackProps = StackProps & { readonly settings: EnvironmentSettings };

/** Subnets and who may speak to whom. */
export class NetworkStack extends Stack {
  readonly network: IsolatedNetwork;
  readonly rules: NetworkRules;

  constructor(scope: Construct, id: string, { settings, ...props }: NetworkStackProps) {
    super(scope, id, props);
    const { name, network, logs } = settings;
    this.network = new IsolatedNetwork(this, 'Network', {
      environment: name,
      network,
      logRetentionDays: logs.retentionDays,
    });
    this.rules = new NetworkRules(this, 'Rules', {
      network: this.network,
      databaseCidrs: network.zones.map((zone) => zone.database),
      mode: network.mode,
    });
  }
}
