import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { environmentSettingsSchema } from '../../../lib/stacks/environment-settings.ts';
import { FoundationStack } from '../../../lib/stacks/foundation-stack.ts';

const settings = { name: 'dev-min', account: null, region: 'eu-west-2', evidence: { retentionDays: 0 } };
const synthesise = (retentionDays: number) =>
  Template.fromStack(
    new FoundationStack(new App(), 'foundation', { settings: { ...settings, evidence: { retentionDays } } }),
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
          Action: Match.arrayWith(['s3:DeleteObject', 's3:DeleteObjectVersion']),
        }),
      ]),
    },
  });
});

test('the bucket is versioned, encrypted with a key that rotates, closed to the public, and outlives its stack', () => {
  const template = synthesise(0);
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
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
    DeletionPolicy: 'Retain',
    Properties: { EnableKeyRotation: true },
  });
});

test('a retention is one of Object Lock', () => {
  synthesise(30).hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Days: 30, Mode: 'GOVERNANCE' } } },
  });
});

const refused: readonly [string, object][] = [
  ['an unknown key', { more: 1 }],
  ['a placeholder for a name', { name: 'REPLACE_ME' }],
  ['an account of eleven digits', { account: '12345678901' }],
  ['a region that is none', { region: 'europe' }],
  ['a negative retention', { evidence: { retentionDays: -1 } }],
];
for (const [what, change] of refused) {
  test(`an environment with ${what} is refused`, () => {
    assert.equal(environmentSettingsSchema.safeParse({ ...settings, ...change }).success, false);
  });
}
