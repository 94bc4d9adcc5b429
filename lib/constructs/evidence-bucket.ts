import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type EnvironmentName, functionName, recordKeys } from '../../config/names.ts';

export type EvidenceBucketProps = {
  readonly environment: EnvironmentName;
  readonly bucketName: string;
  readonly key: IKey;
  readonly accessLogs: IBucket;
  /** Days for which Object Lock keeps every version; 0 leaves that to the bucket policy. */
  readonly retentionDays: number;
  /** Name of the one role that may delete; `null`: nobody may. */
  readonly breakGlassRole: string | null;
};

/**
 * The bucket that proves things: a key is written once and never removed. Its policy refuses a put
 * without `If-None-Match`, a record by anybody but the recorder, any delete, and anything but TLS; versions
 * and its own key outlive every stack. Use it for evidence only: data that is rewritten belongs in the lake.
 */
export class EvidenceBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: EvidenceBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: props.bucketName,
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      objectLockEnabled: true,
      ...(props.retentionDays === 0
        ? {}
        : { objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(props.retentionDays)) }),
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 'evidence/',
      // Parts of an upload that never became an object prove nothing.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(2) }],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'WriteOnce',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('*')],
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
    const { partition, account } = Stack.of(this);
    const roleArn = (name: string) => `arn:${partition}:iam::${account}:role/${name}`;
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyTheRecorderRecords',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        // Who puts first is believed: a task that wrote its own record would be all three sources of its verdict.
        actions: ['s3:PutObject'],
        resources: recordKeys(props.environment).map((keys) => this.bucket.arnForObjects(keys)),
        // Named, not referenced: the role comes later than the bucket.
        conditions: {
          ArnNotEquals: { 'aws:PrincipalArn': roleArn(functionName(props.environment, 'recorder')) },
        },
      }),
    );
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NeverRemove',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        // A delete marker would make a key absent again.
        actions: ['s3:Delete*', 's3:BypassGovernanceRetention'],
        resources: [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
        ...(props.breakGlassRole === null
          ? {}
          : {
              conditions: { ArnNotEquals: { 'aws:PrincipalArn': roleArn(props.breakGlassRole) } },
            }),
      }),
    );
    // Kept like what it guards; and it denies whoever would remove it with the stack.
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }
}
