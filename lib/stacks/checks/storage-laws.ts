import { statementsOf } from './policy-statements.ts';
import { memberOf, resourcesOfType, type Template, type TemplateLaw, textOf } from './template.ts';

/** Denials of the policy of a bucket. */
function denialsOf(template: Template, bucket: string) {
  const policies = new Set(
    resourcesOfType(template, 'AWS::S3::BucketPolicy')
      .filter(([, { Properties }]) => textOf(Properties.Bucket) === `\${Ref:${bucket}}`)
      .map(([logicalId]) => logicalId),
  );
  return statementsOf(template).filter(
    ({ logicalId, effect, principals }) =>
      policies.has(logicalId) && effect === 'Deny' && principals.includes('*'),
  );
}

/** A law about every bucket. */
function bucketLaw(
  name: string,
  reason: string,
  fault: (properties: Record<string, unknown>, logicalId: string, template: Template) => string | undefined,
): TemplateLaw {
  return {
    name,
    reason,
    check: (template) =>
      resourcesOfType(template, 'AWS::S3::Bucket').flatMap(([logicalId, { Properties }]) => {
        const message = fault(Properties, logicalId, template);
        return message === undefined ? [] : [{ logicalId, message }];
      }),
  };
}

const blocks = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
const isEvidence = (properties: Record<string, unknown>) => properties.ObjectLockEnabled === true;
const namedEvidence = (logicalId: string) => /^Evidence/.test(logicalId);

export const storageLaws: readonly TemplateLaw[] = [
  bucketLaw('buckets-are-closed', 'Nothing of ours is public.', (properties) =>
    blocks.every((block) => memberOf(properties, 'PublicAccessBlockConfiguration', block) === true)
      ? undefined
      : 'the bucket may be made public',
  ),
  bucketLaw('buckets-are-encrypted', 'Who reads a disk reads nothing.', (properties) =>
    memberOf(properties, 'BucketEncryption', 'ServerSideEncryptionConfiguration', 0) === undefined
      ? 'the bucket is not encrypted'
      : undefined,
  ),
  bucketLaw('buckets-speak-tls', 'Nothing is read on its way.', (_properties, logicalId, template) =>
    denialsOf(template, logicalId).some(
      ({ conditions }) => conditions.get('Bool aws:SecureTransport')?.includes('false') === true,
    )
      ? undefined
      : 'requests without TLS are not denied',
  ),
  bucketLaw(
    'evidence-is-written-once',
    'A key that can be written twice proves nothing.',
    (properties, logicalId, template) => {
      if (!isEvidence(properties) && !namedEvidence(logicalId)) return undefined;
      if (!isEvidence(properties)) return 'Object Lock can only be enabled at creation';
      const once = denialsOf(template, logicalId).some(
        ({ actions, conditions, resources }) =>
          actions.includes('s3:PutObject') &&
          resources.some((resource) => resource.endsWith('/*')) &&
          conditions.size === 1 &&
          conditions.get('Null s3:if-none-match')?.includes('true') === true,
      );
      return once ? undefined : 'a put without If-None-Match is not denied';
    },
  ),
  bucketLaw(
    'evidence-stays',
    'A delete marker would make a key absent again.',
    (properties, logicalId, template) => {
      if (!isEvidence(properties) && !namedEvidence(logicalId)) return undefined;
      if (memberOf(properties, 'VersioningConfiguration', 'Status') !== 'Enabled')
        return 'there are no versions';
      const stays = denialsOf(template, logicalId).some(
        ({ actions, conditions, resources }) =>
          actions.includes('s3:Delete*') &&
          resources.some((resource) => resource.endsWith('/*')) &&
          [...conditions.keys()].every((key) => key === 'ArnNotEquals aws:PrincipalArn'),
      );
      return stays ? undefined : 'a delete is not denied';
    },
  ),
  bucketLaw(
    'records-are-the-recorders',
    'A task that may write its own record vouches for itself three times.',
    (properties, logicalId, template) => {
      if (!isEvidence(properties) && !namedEvidence(logicalId)) return undefined;
      const denied = denialsOf(template, logicalId)
        .filter(
          ({ actions, conditions }) =>
            actions.includes('s3:PutObject') &&
            conditions.size === 1 &&
            conditions.get('ArnNotEquals aws:PrincipalArn')?.every((arn) => /-recorder$/.test(arn)) === true,
        )
        .flatMap(({ resources }) => resources);
      const open = ['*Z/execution-record.json', '*Z/launches/*/task-record.json'].filter(
        (keys) => !denied.some((resource) => resource.endsWith(`/run_control/${keys}`)),
      );
      return open.length === 0 ? undefined : `anybody may put ${open.join(' and ')}`;
    },
  ),
  {
    name: 'data-outlives-its-stack',
    reason:
      'Tearing an environment down takes no evidence, image or key along, and of a database a snapshot. A first create that breaks off leaves nothing behind: its names would be taken when it is repeated.',
    check: (template) =>
      Object.entries(template.Resources).flatMap(
        ([logicalId, { Type, DeletionPolicy, UpdateReplacePolicy }]) => {
          const kept = keptTypes[Type];
          if (kept === undefined) return [];
          return [
            ['DeletionPolicy', DeletionPolicy, kept.deletion],
            ['UpdateReplacePolicy', UpdateReplacePolicy, kept.replacement],
          ].flatMap(([name, found, expected]) =>
            found === expected
              ? []
              : [{ logicalId, message: `${name} is ${found ?? 'missing'}, not ${expected}` }],
          );
        },
      ),
  },
  {
    name: 'evidence-is-closed-last',
    reason:
      'A create that breaks off must be able to remove the evidence bucket, which its policy denies to all.',
    check: (template) =>
      resourcesOfType(template, 'AWS::S3::BucketPolicy')
        .filter(([, { Properties }]) => JSON.stringify(Properties).includes('"s3:Delete*"'))
        .flatMap(([logicalId, { Properties, DependsOn }]) => {
          const before = new Set([DependsOn ?? [], memberOf(Properties, 'Bucket', 'Ref') ?? []].flat());
          const after = Object.entries(template.Resources)
            .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
            .map(([id]) => id)
            .filter((id) => id !== logicalId && !before.has(id));
          return after.length === 0
            ? []
            : [{ logicalId, message: `it does not wait for ${after.join(', ')}` }];
        }),
  },
  {
    name: 'logs-end',
    reason: 'A log without an end costs for ever.',
    check: (template) =>
      resourcesOfType(template, 'AWS::Logs::LogGroup').flatMap(([logicalId, { Properties }]) =>
        typeof Properties.RetentionInDays === 'number'
          ? []
          : [{ logicalId, message: 'the log group keeps everything' }],
      ),
  },
  {
    name: 'keys-rotate',
    reason: 'A key that is never renewed is a secret that only grows older.',
    check: (template) =>
      resourcesOfType(template, 'AWS::KMS::Key').flatMap(([logicalId, { Properties }]) =>
        Properties.EnableKeyRotation === true ? [] : [{ logicalId, message: 'the key does not rotate' }],
      ),
  },
  {
    name: 'images-stay-what-they-are',
    reason: 'A tag that moves would make two runs look alike.',
    check: (template) =>
      resourcesOfType(template, 'AWS::ECR::Repository').flatMap(([logicalId, { Properties }]) =>
        Properties.ImageTagMutability === 'IMMUTABLE'
          ? []
          : [{ logicalId, message: 'tags of images can be moved' }],
      ),
  },
  {
    name: 'database-is-private',
    reason: 'Nobody outside speaks to it, nobody reads its disk, nobody speaks to it without TLS.',
    check: (template) => {
      const forced = resourcesOfType(template, 'AWS::RDS::DBParameterGroup').every(
        ([, { Properties }]) => memberOf(Properties, 'Parameters', 'rds.force_ssl') === '1',
      );
      return resourcesOfType(template, 'AWS::RDS::DBInstance').flatMap(([logicalId, { Properties }]) => {
        const faults = [
          Properties.PubliclyAccessible === false ? [] : ['it may have a public address'],
          Properties.StorageEncrypted === true ? [] : ['its storage is not encrypted'],
          forced && Properties.DBParameterGroupName !== undefined ? [] : ['TLS is not forced'],
          Properties.ManageMasterUserPassword === true && Properties.MasterUserPassword === undefined
            ? []
            : ['the owner’s password passes through the template'],
        ].flat();
        return faults.map((message) => ({ logicalId, message }));
      });
    },
  },
  {
    name: 'no-secret-resource',
    reason: 'A value in a template is in its history too: secrets are drawn inside the account.',
    check: (template) =>
      Object.entries(template.Resources).flatMap(([logicalId, { Type }]) =>
        ['AWS::SSM::Parameter', 'AWS::SecretsManager::Secret', 'Custom::AWS'].includes(Type)
          ? [{ logicalId, message: `${Type} carries its value in the template or its answer` }]
          : [],
      ),
  },
];

type Kept = { readonly deletion: string; readonly replacement: string };

const afterItsCreate: Kept = { deletion: 'RetainExceptOnCreate', replacement: 'Retain' };
const keptTypes: Readonly<Record<string, Kept>> = {
  'AWS::S3::Bucket': afterItsCreate,
  // Evidence without its policy can be overwritten and removed.
  'AWS::S3::BucketPolicy': afterItsCreate,
  'AWS::KMS::Key': afterItsCreate,
  'AWS::ECR::Repository': afterItsCreate,
  'AWS::RDS::DBInstance': { deletion: 'Snapshot', replacement: 'Snapshot' },
};
