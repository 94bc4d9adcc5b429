import { statementsOf } from './policy-statements.ts';
import { listOf, memberOf, type Template, textOf } from './template.ts';

/**
 * What a template lets happen, one sentence each: `allows` is broader the more there is of it, `denies`
 * the less there is.
 */
export type Permissions = { readonly allows: ReadonlySet<string>; readonly denies: ReadonlySet<string> };

/** Every permission of a template: grants, trust, policies of resources, and who may connect. Pure. */
export function permissionsOf(template: Template): Permissions {
  const allows = new Set<string>();
  const denies = new Set<string>();
  for (const statement of statementsOf(template)) {
    const conditions = [...statement.conditions]
      .map(([key, values]) => `${key} in [${[...values].sort().join(', ')}]`)
      .sort();
    const suffix = conditions.length === 0 ? '' : ` if ${conditions.join(' and ')}`;
    const whom = statement.principals.length === 0 ? [''] : statement.principals.map((one) => `${one} `);
    const what = statement.resources.length === 0 ? [''] : statement.resources.map((one) => ` on ${one}`);
    for (const principal of whom) {
      for (const action of statement.actions) {
        for (const resource of what) {
          const sentence = `${statement.logicalId}: ${principal}${action}${resource}${suffix}`;
          (statement.effect === 'Deny' ? denies : allows).add(sentence);
        }
      }
    }
  }
  for (const sentence of connectionsOf(template)) allows.add(sentence);
  return { allows, denies };
}

function connectionsOf(template: Template): readonly string[] {
  const rule = (where: string, direction: string, one: unknown) => {
    const peer = [
      'CidrIp',
      'CidrIpv6',
      'SourceSecurityGroupId',
      'DestinationSecurityGroupId',
      'SourcePrefixListId',
      'DestinationPrefixListId',
    ]
      .map((key) => textOf(memberOf(one, key)))
      .filter((text) => text !== '');
    const [protocol, from, to] = ['IpProtocol', 'FromPort', 'ToPort'].map((key) =>
      textOf(memberOf(one, key)),
    );
    return `${where}: ${direction} ${peer.join(' ')} ${protocol} ${from}-${to}`;
  };
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties }]) => {
    switch (Type) {
      case 'AWS::EC2::SecurityGroup':
        return [
          ...listOf(Properties.SecurityGroupIngress).map((one) => rule(logicalId, 'from', one)),
          ...listOf(Properties.SecurityGroupEgress).map((one) => rule(logicalId, 'to', one)),
        ];
      case 'AWS::EC2::SecurityGroupIngress':
        return [rule(textOf(Properties.GroupId), 'from', Properties)];
      case 'AWS::EC2::SecurityGroupEgress':
        return [rule(textOf(Properties.GroupId), 'to', Properties)];
      default:
        return [];
    }
  });
}

/** What the later template lets happen that the earlier one did not, sorted; empty means no broader. Pure. */
export function broadened(earlier: Template, later: Template): readonly string[] {
  const before = permissionsOf(earlier);
  const now = permissionsOf(later);
  return [
    ...[...now.allows].filter((one) => !before.allows.has(one)).map((one) => `allows ${one}`),
    ...[...before.denies].filter((one) => !now.denies.has(one)).map((one) => `no longer denies ${one}`),
  ].sort();
}
