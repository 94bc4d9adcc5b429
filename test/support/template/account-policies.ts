import { z } from 'zod';
import { type Access, type Decision, decide, type PolicyStatement } from './evaluate-access.ts';
import type { ResolvedResource } from './resolve-environment.ts';

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const values = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number(), z.boolean()]))])
  .transform((value) => [value].flat().map(String));
const statementSchema = z.strictObject({
  Sid: z.string().default(''),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore.default(['*']),
  Principal: z.union([z.literal('*'), z.record(z.string(), oneOrMore)]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});
const documentSchema = z.object({ Statement: z.array(statementSchema) });

const roleSchema = z.object({
  /** CloudFormation makes one up for a role without. */
  RoleName: z.string().optional(),
  AssumeRolePolicyDocument: documentSchema,
  Policies: z.array(z.object({ PolicyDocument: documentSchema })).default([]),
});
const bucketPolicySchema = z.object({ Bucket: z.string(), PolicyDocument: documentSchema });
const keySchema = z.object({ KeyPolicy: documentSchema });

/** The policies of an account after a deploy: what each role may do, who may be it, who may touch what. */
export type AccountPolicies = {
  readonly roles: ReadonlyMap<string, readonly PolicyStatement[]>;
  readonly trusts: ReadonlyMap<string, readonly PolicyStatement[]>;
  /** By the ARN of the bucket or key. */
  readonly resources: ReadonlyMap<string, readonly PolicyStatement[]>;
};

/** Reads every policy of a deployed environment. Throws on a form of statement that nobody has thought about. */
export function accountPolicies(
  resources: readonly ResolvedResource[],
  account: string,
  region: string,
): AccountPolicies {
  const roles = new Map<string, readonly PolicyStatement[]>();
  const trusts = new Map<string, readonly PolicyStatement[]>();
  const held = new Map<string, readonly PolicyStatement[]>();
  for (const { type, logicalId, properties } of resources) {
    if (type === 'AWS::IAM::Role') {
      const role = roleSchema.parse(properties);
      const arn = `arn:aws:iam::${account}:role/${role.RoleName ?? logicalId}`;
      roles.set(
        arn,
        role.Policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument)),
      );
      trusts.set(arn, statementsOf(role.AssumeRolePolicyDocument));
    }
    if (type === 'AWS::S3::BucketPolicy') {
      const policy = bucketPolicySchema.parse(properties);
      held.set(`arn:aws:s3:::${policy.Bucket}`, statementsOf(policy.PolicyDocument));
    }
    if (type === 'AWS::KMS::Key') {
      held.set(
        `arn:aws:kms:${region}:${account}:key/${logicalId}`,
        statementsOf(keySchema.parse(properties).KeyPolicy),
      );
    }
    if (type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy') {
      throw new Error(`${logicalId}: policies stand in their roles`);
    }
  }
  return { roles, trusts, resources: held };
}

function statementsOf({ Statement }: z.infer<typeof documentSchema>): readonly PolicyStatement[] {
  return Statement.map(({ Sid, Effect, Action, Resource, Principal, Condition }) => ({
    sid: Sid,
    effect: Effect,
    actions: Action,
    resources: Resource,
    principals: Principal === undefined ? [] : Principal === '*' ? ['*'] : Object.values(Principal).flat(),
    conditions: Condition,
  }));
}

/** Whether an account lets a role do something. */
export function isAllowed(policies: AccountPolicies, access: Access): Decision {
  const { principal, resource } = access;
  const holder = [...policies.resources].find(([arn]) => resource === arn || resource.startsWith(`${arn}/`));
  return decide(access, policies.roles.get(principal) ?? [], holder?.[1]);
}

/** Whether a role lets a service be it, on behalf of something of the account. */
export function isTrusted(
  policies: AccountPolicies,
  role: string,
  service: string,
  source: string,
): Decision {
  const context = { 'aws:SourceArn': source, 'aws:SourceAccount': source.split(':')[4] ?? '' };
  const access = { principal: service, action: 'sts:AssumeRole', resource: role, context };
  return decide(access, [], policies.trusts.get(role) ?? []);
}

/** What is taken away from a role: one action of one statement, or one resource of it. */
export type Removal = {
  readonly role: string;
  readonly sid: string;
  readonly action?: string;
  readonly resource?: string;
};

/** The account without one grant. */
export function without(policies: AccountPolicies, removal: Removal): AccountPolicies {
  const roles = new Map(policies.roles);
  roles.set(
    removal.role,
    (policies.roles.get(removal.role) ?? []).map((statement) =>
      statement.sid === removal.sid
        ? {
            ...statement,
            actions: statement.actions.filter((action) => action !== removal.action),
            resources: statement.resources.filter((resource) => resource !== removal.resource),
          }
        : statement,
    ),
  );
  return { ...policies, roles };
}
