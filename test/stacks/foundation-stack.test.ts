import { test } from 'node:test';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { FoundationStack } from '../../lib/stacks/foundation-stack.ts';
import { environmentNamed } from '../support/environments.ts';
import { withApp } from '../support/synthesise.ts';

const settings = environmentNamed('dev-min');
const synthesise = (retentionDays: number, breakGlassRole: string | null = null) =>
  withApp((app) =>
    Template.fromStack(
      new FoundationStack(app, 'foundation', {
        settings: { ...settings, breakGlassRole, evidence: { retentionDays } },
      }),
    ),
  );

test('evidence is written once, never removed, and only over TLS', () => {
  const template = synthesise(0);
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({
          Sid: 'WriteOnce',
          Effect: 'Deny',
          Action: 's3:PutObject',
          Condition: { Null: { 's3:if-none-match': 'true' } },
        }),
        Match.objectLike({
          Sid: 'NeverRemove',
          Effect: 'Deny',
          Action: Match.arrayWith(['s3:Delete*']),
          Condition: Match.absent(),
        }),
      ]),
    },
  });
});

test('the bucket is versioned, encrypted with a key that rotates, closed to the public, and outlives its stack', () => {
  const template = synthesise(0);
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
      },
    },
  });
  template.hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: { EnableKeyRotation: true },
  });
});

test('a retention is one of Object Lock', () => {
  synthesise(30).hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Days: 30, Mode: 'GOVERNANCE' } } },
  });
});

test('one named role may break the glass, and no other', () => {
  synthesise(0, 'evidence-break-glass').hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'NeverRemove',
          Condition: {
            ArnNotEquals: {
              'aws:PrincipalArn': {
                'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('role/evidence-break-glass$')])],
              },
            },
          },
        }),
      ]),
    },
  });
});

test('images have immutable tags, and stay when the stack goes', () => {
  synthesise(0).hasResource('AWS::ECR::Repository', {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: { ImageTagMutability: 'IMMUTABLE' },
  });
});

test('the budget exists although nobody gave an address', () => {
  synthesise(0).hasResourceProperties('AWS::Budgets::Budget', {
    Budget: { BudgetType: 'COST', BudgetLimit: { Amount: settings.budget.monthlyUsd, Unit: 'USD' } },
    NotificationsWithSubscribers: Match.arrayWith([
      Match.objectLike({ Notification: { NotificationType: 'FORECASTED' } }),
    ]),
  });
});
