import { type Grant, taskGrants } from '../../lib/constructs/contract-grants.ts';
import type { TaskContract } from '../../lib/task-contracts/define-task.ts';
import type { S3Wish } from '../fakes/s3/fake-s3.ts';

/** Whether IAM statements allow a request to S3, as far as grants of contracts use IAM's language. */
function grantsPermit(grants: readonly Grant[], { operation, bucket, key }: S3Wish): boolean {
  const action = `s3:${operation === 'HeadObject' ? 'GetObject' : operation}`;
  const arn = operation === 'ListBucket' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
  return grants.some(
    ({ actions, resources, conditions }) =>
      actions.includes(action) &&
      resources.some((pattern) => like(pattern, arn)) &&
      prefixesOf(conditions).every((patterns) => patterns.some((pattern) => like(pattern, key))),
  );
}

function prefixesOf(conditions: Grant['conditions']): readonly (readonly string[])[] {
  return Object.entries(conditions ?? {}).map(([operator, keys]) => {
    const prefixes = keys['s3:prefix'];
    if (operator !== 'StringLike' || !Array.isArray(prefixes))
      throw new Error(`${operator} is not understood here`);
    return prefixes.map(String);
  });
}

function like(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

/** What the role of a contract may do with the buckets of the environment `dev-min`. */
export function contractPermits(
  contract: TaskContract,
  buckets: { readonly evidence: string; readonly lake: string },
): (wish: S3Wish) => boolean {
  const grants = taskGrants(contract, {
    environment: 'dev-min',
    evidenceBucketArn: `arn:aws:s3:::${buckets.evidence}`,
    lakeBucketArn: `arn:aws:s3:::${buckets.lake}`,
    dataKeyArn: 'arn:aws:kms:eu-west-2:123456789012:key/data',
    secretsKeyArn: 'arn:aws:kms:eu-west-2:123456789012:key/secrets',
    repositoryArn: 'arn:aws:ecr:eu-west-2:123456789012:repository/images',
    logGroupArn: 'arn:aws:logs:eu-west-2:123456789012:log-group:tasks',
    parameterArn: 'arn:aws:ssm:eu-west-2:123456789012:parameter',
  });
  return (wish) => grantsPermit(grants, wish);
}
