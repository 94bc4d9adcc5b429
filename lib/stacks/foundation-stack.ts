import { Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { product } from '../../config/names.ts';
import { EvidenceBucket } from '../constructs/evidence-bucket.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

export type FoundationStackProps = StackProps & { readonly settings: EnvironmentSettings };

/** What outlives everything else of an environment: the evidence, and the key it is readable with. */
export class FoundationStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: FoundationStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    new EvidenceBucket(this, 'Evidence', {
      bucketName: `${product}-${settings.name}-evidence-${this.account}`,
      retentionDays: settings.evidence.retentionDays,
    });
    Tags.of(this).add('project', product);
    Tags.of(this).add('env', settings.name);
  }
}
