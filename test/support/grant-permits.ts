import type { Grant } from '../../lib/constructs/contract-grants.ts';
import type { S3Wish } from '../fakes/s3/fake-s3.ts';

/** Whether IAM statements allow a request to S3, as far as grants of contracts use IAM's language. */
export function grantsPermit(grants: readonly Grant[], { operation, bucket, key }: S3Wish): boolean {
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
