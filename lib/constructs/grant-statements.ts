import { Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Grant } from './contract-grants.ts';

/** A grant as a statement of a policy. */
export function grantStatement({ sid, actions, resources, conditions }: Grant): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions: { ...conditions } }),
  });
}

/** Grants as the inline policies of a role; none when there is nothing to grant, which IAM would refuse. */
export function grantPolicies(grants: readonly Grant[]): { [name: string]: PolicyDocument } {
  return grants.length === 0
    ? {}
    : { grants: new PolicyDocument({ statements: grants.map(grantStatement) }) };
}
