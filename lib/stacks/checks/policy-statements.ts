import { listOf, memberOf, type Template, textOf } from './template.ts';

/** One statement of any policy in a template, with texts in place of references. */
export type FoundStatement = {
  readonly logicalId: string;
  /** `role`: what a principal may do. `resource`: who may do it to a bucket, key, topic or queue. */
  readonly kind: 'role' | 'trust' | 'resource';
  /** Type of the resource that holds the policy. */
  readonly holder: string;
  readonly sid: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly string[];
  /** `operator key` to its values. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
};

/** Every statement of every policy of a template, in the template's order. Pure. */
export function statementsOf(template: Template): readonly FoundStatement[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties }]) => {
    const read = (kind: FoundStatement['kind'], document: unknown) =>
      listOf(memberOf(document, 'Statement')).map((statement) =>
        readStatement(logicalId, kind, Type, statement),
      );
    switch (Type) {
      case 'AWS::IAM::Role':
        return [
          ...read('trust', Properties.AssumeRolePolicyDocument),
          ...listOf(Properties.Policies).flatMap((policy) =>
            read('role', memberOf(policy, 'PolicyDocument')),
          ),
        ];
      case 'AWS::IAM::Policy':
      case 'AWS::IAM::ManagedPolicy':
        return read('role', Properties.PolicyDocument);
      case 'AWS::KMS::Key':
        return read('resource', Properties.KeyPolicy);
      default:
        return [...read('resource', Properties.PolicyDocument), ...read('resource', Properties.PolicyText)];
    }
  });
}

function readStatement(
  logicalId: string,
  kind: FoundStatement['kind'],
  holder: string,
  statement: unknown,
): FoundStatement {
  const texts = (key: string) => listOf(memberOf(statement, key)).map(textOf);
  const principal = memberOf(statement, 'Principal');
  return {
    logicalId,
    kind,
    holder,
    sid: textOf(memberOf(statement, 'Sid')),
    effect: textOf(memberOf(statement, 'Effect')),
    actions: [...texts('Action'), ...texts('NotAction').map((action) => `everything but ${action}`)],
    resources: [...texts('Resource'), ...texts('NotResource').map((one) => `everything but ${one}`)],
    principals:
      typeof principal === 'string'
        ? [principal]
        : Object.values(Object(principal)).flatMap((value) => listOf(value).map(textOf)),
    conditions: new Map(
      Object.entries(Object(memberOf(statement, 'Condition'))).flatMap(([operator, tests]) =>
        Object.entries(Object(tests)).map(
          ([key, value]) => [`${operator} ${key}`, listOf(value).map(textOf)] as const,
        ),
      ),
    ),
  };
}
