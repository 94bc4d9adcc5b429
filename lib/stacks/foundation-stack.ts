import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketName, imageRepositoryName } from '../../config/names.ts';
import { EvidenceBucket } from '../constructs/evidence-bucket.ts';
import { LakeBucket } from '../constructs/lake-bucket.ts';
import { SecretsKey } from '../constructs/secrets/secrets-key.ts';
import { SpendingLimit } from '../constructs/spending-limit.ts';
import { containerContracts } from '../task-contracts/catalogue.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';

export type FoundationStackProps = StackProps & { readonly settings: EnvironmentSettings };

/** What outlives everything else of an environment: evidence, lake, images, their keys, and the budget. */
export class FoundationStack extends Stack {
  readonly evidence: Bucket;
  readonly lake: Bucket;
  /** Of evidence and lake. */
  readonly dataKey: Key;
  readonly secretsKey: SecretsKey;
  readonly images: Repository;
  readonly spending: SpendingLimit;

  constructor(scope: Construct, id: string, { settings, ...props }: FoundationStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const nameOf = (content: Parameters<typeof bucketName>[2]) =>
      bucketName(settings.name, this.account, content);
    const accessLogsBucket = new Bucket(this, 'AccessLogs', {
      bucketName: nameOf('access-logs'),
      // S3 delivers its logs with its own key only.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: Duration.days(settings.logs.retentionDays) }],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    accessLogsBucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    // The library's own class, which its own interface does not match to the letter.
    const accessLogs = accessLogsBucket as IBucket;
    this.dataKey = new Key(this, 'DataKey', {
      description: `Evidence and lake of ${settings.name}`,
      enableKeyRotation: true,
      // Evidence that cannot be decrypted is no evidence: the key outlives the stack.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const evidence = new EvidenceBucket(this, 'Evidence', {
      environment: settings.name,
      bucketName: nameOf('evidence'),
      key: this.dataKey,
      accessLogs,
      retentionDays: settings.evidence.retentionDays,
      breakGlassRole: settings.breakGlassRole,
    });
    this.evidence = evidence.bucket;
    this.lake = new LakeBucket(this, 'Lake', {
      bucketName: nameOf('lake'),
      key: this.dataKey,
      accessLogs,
    }).bucket;
    this.secretsKey = new SecretsKey(this, 'Secrets', {
      environment: settings.name,
      contracts: containerContracts,
    });
    this.images = new Repository(this, 'Images', {
      repositoryName: imageRepositoryName(settings.name),
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      encryption: RepositoryEncryption.AES_256,
      // Verdicts name images by digest: what once ran stays.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.spending = new SpendingLimit(this, 'Spending', {
      environment: settings.name,
      monthlyUsd: settings.budget.monthlyUsd,
      emails: settings.alarms.emails,
    });
    // A create that breaks off takes along what it made. This policy would deny that, and so comes last of all.
    for (const other of this.node.children) {
      if (other !== evidence) this.evidence.policy?.node.addDependency(other);
    }
    new CfnOutput(this, 'EvidenceBucketName', { value: this.evidence.bucketName });
    new CfnOutput(this, 'LakeBucketName', { value: this.lake.bucketName });
    new CfnOutput(this, 'ImageRepositoryUri', { value: this.images.repositoryUri });
  }
}
