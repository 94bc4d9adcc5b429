import { listOf, memberOf, resourcesOfType, type Template, type TemplateLaw, textOf } from './template.ts';

type Ingress = { readonly logicalId: string; readonly rule: unknown };

function ingressOf(template: Template): readonly Ingress[] {
  return [
    ...resourcesOfType(template, 'AWS::EC2::SecurityGroup').flatMap(([logicalId, { Properties }]) =>
      listOf(Properties.SecurityGroupIngress).map((rule) => ({ logicalId, rule })),
    ),
    ...resourcesOfType(template, 'AWS::EC2::SecurityGroupIngress').map(([logicalId, { Properties }]) => ({
      logicalId,
      rule: Properties,
    })),
  ];
}

/** A type of resource that no template has. */
function withoutLaw(name: string, reason: string, types: readonly string[]): TemplateLaw {
  return {
    name,
    reason,
    check: (template) =>
      Object.entries(template.Resources).flatMap(([logicalId, { Type }]) =>
        types.includes(Type) ? [{ logicalId, message: `there is a ${Type}` }] : [],
      ),
  };
}

export const networkLaws: readonly TemplateLaw[] = [
  {
    name: 'let-in-by-group',
    reason: 'Who may connect is another security group of ours, never a range of addresses.',
    check: (template) =>
      ingressOf(template).flatMap(({ logicalId, rule }) =>
        textOf(memberOf(rule, 'SourceSecurityGroupId')) !== '' &&
        memberOf(rule, 'CidrIp') === undefined &&
        memberOf(rule, 'CidrIpv6') === undefined
          ? []
          : [{ logicalId, message: 'a range of addresses is let in' }],
      ),
  },
  {
    name: 'services-are-for-lanes',
    reason: 'The gate is reached from the lanes of a burst, and from nothing else.',
    check: (template) =>
      ingressOf(template).flatMap(({ logicalId, rule }) => {
        const group = textOf(memberOf(rule, 'GroupId'));
        if (!/Service/.test(group)) return [];
        return /Lanes/.test(textOf(memberOf(rule, 'SourceSecurityGroupId')))
          ? []
          : [{ logicalId, message: 'another group than the lanes’ is let in' }];
      }),
  },
  {
    name: 'egress-is-named',
    reason: 'Without a rule of its own, AWS lets a group open any connection.',
    check: (template) =>
      resourcesOfType(template, 'AWS::EC2::SecurityGroup').flatMap(([logicalId, { Properties }]) => {
        const rules = listOf(Properties.SecurityGroupEgress);
        if (rules.length === 0) return [{ logicalId, message: 'any connection may be opened' }];
        return rules.some((rule) => textOf(memberOf(rule, 'IpProtocol')) === '-1')
          ? [{ logicalId, message: 'any connection may be opened' }]
          : [];
      }),
  },
  withoutLaw('no-nat', 'A NAT gateway costs more, idle, than everything else together.', [
    'AWS::EC2::NatGateway',
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ]),
  {
    name: 'functions-stay-outside',
    reason: 'A function in the VPC has no public address and cannot reach Parameter Store.',
    check: (template) =>
      resourcesOfType(template, 'AWS::Lambda::Function').flatMap(([logicalId, { Properties }]) =>
        Properties.VpcConfig === undefined ? [] : [{ logicalId, message: 'the function is in the VPC' }],
      ),
  },
  {
    name: 'names-change-quickly',
    reason: 'Lanes must not keep sending to a task that is gone.',
    check: (template) =>
      resourcesOfType(template, 'AWS::ServiceDiscovery::Service').flatMap(([logicalId, { Properties }]) =>
        listOf(memberOf(Properties, 'DnsConfig', 'DnsRecords')).flatMap((record) =>
          Number(memberOf(record, 'TTL')) <= 10
            ? []
            : [{ logicalId, message: 'a name lives longer than 10 s' }],
        ),
      ),
  },
  {
    name: 'subnets-give-no-addresses',
    reason: 'A task asks for its public address itself; nothing else may have one.',
    check: (template) =>
      resourcesOfType(template, 'AWS::EC2::Subnet').flatMap(([logicalId, { Properties }]) =>
        Properties.MapPublicIpOnLaunch === false
          ? []
          : [{ logicalId, message: 'whatever starts here gets a public address' }],
      ),
  },
  {
    name: 'database-subnets-lead-nowhere',
    reason: 'The database has no way out of the network, and so no way in.',
    check: (template) =>
      resourcesOfType(template, 'AWS::EC2::Route').flatMap(([logicalId, { Properties }]) =>
        /Database/.test(textOf(Properties.RouteTableId))
          ? [{ logicalId, message: 'the database’s subnets have a route' }]
          : [],
      ),
  },
];
