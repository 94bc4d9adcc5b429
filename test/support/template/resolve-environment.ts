import { z } from 'zod';
import { listOf, memberOf, type Template } from '../../../lib/stacks/checks/template.ts';
import type { JsonValue } from '../../../lib/vocabulary/json.ts';

const propertiesSchema = z.record(z.string(), z.json());

/** Where a synthesized environment would be deployed. */
export type Deployment = { readonly account: string; readonly region: string; readonly imageDigest: string };

/** A resource of a stack with every intrinsic function of its properties carried out. */
export type ResolvedResource = {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, JsonValue>>;
};

/**
 * Carries out what CloudFormation would in the templates of an environment, by stack: parameters, references
 * within a stack and between stacks, joins. What only a deploy can know (ids of networks, of keys) is made
 * from the logical id. Throws a plain `Error` on a reference into nothing or a function it does not know.
 */
export function resolveEnvironment(
  templates: ReadonlyMap<string, Template>,
  deployment: Deployment,
): readonly ResolvedResource[] {
  const exported = exportsOf(templates);
  return [...templates].flatMap(([stack, template]) =>
    Object.entries(template.Resources).map(([logicalId, { Type, Properties }]) => ({
      stack,
      logicalId,
      type: Type,
      properties: propertiesSchema.parse(resolve(Properties, { template, deployment, templates, exported })),
    })),
  );
}

type Scope = {
  readonly template: Template;
  readonly deployment: Deployment;
  readonly templates: ReadonlyMap<string, Template>;
  readonly exported: ReadonlyMap<string, { readonly template: Template; readonly value: unknown }>;
};

function exportsOf(templates: ReadonlyMap<string, Template>): Scope['exported'] {
  return new Map(
    [...templates.values()].flatMap((template) =>
      Object.values(Object(memberOf(template, 'Outputs'))).flatMap((output) => {
        const name = memberOf(output, 'Export', 'Name');
        return typeof name === 'string' ? [[name, { template, value: memberOf(output, 'Value') }]] : [];
      }),
    ),
  );
}

function resolve(value: unknown, scope: Scope): JsonValue {
  if (Array.isArray(value)) return value.map((one) => resolve(one, scope));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1) {
    const [name, argument] = first;
    if (name === 'Ref' || name.startsWith('Fn::')) return carryOut(name, argument, scope);
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, resolve(member, scope)]));
}

function carryOut(name: string, argument: unknown, scope: Scope): JsonValue {
  switch (name) {
    case 'Ref':
      return reference(String(argument), scope);
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = listOf(argument).map(String);
      return attributeOf(logicalId ?? '', attribute ?? '', scope);
    }
    case 'Fn::ImportValue': {
      const found = scope.exported.get(String(resolve(argument, scope)));
      if (found === undefined) throw new Error(`no stack exports ${String(argument)}`);
      return resolve(found.value, { ...scope, template: found.template });
    }
    case 'Fn::Join': {
      const [separator, parts] = listOf(argument);
      return listOf(resolve(parts, scope)).map(String).join(String(separator));
    }
    case 'Fn::Select': {
      const [index, choices] = listOf(argument);
      return plainValue(listOf(resolve(choices, scope))[Number(index)]);
    }
    case 'Fn::Split': {
      const [separator, text] = listOf(argument);
      return String(resolve(text, scope)).split(String(separator));
    }
    case 'Fn::Sub':
      return String(argument).replaceAll(/\$\{([^}]+)\}/g, (_, one: string) => String(reference(one, scope)));
    default:
      throw new Error(`nobody has thought about ${name} in a template`);
  }
}

function reference(name: string, { template, deployment }: Scope): string {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': deployment.account,
    'AWS::Region': deployment.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    ImageDigest: deployment.imageDigest,
  };
  return pseudo[name] ?? physicalIds(name, { template, deployment }).ref;
}

function attributeOf(logicalId: string, attribute: string, { template, deployment }: Scope): string {
  const { arn } = physicalIds(logicalId, { template, deployment });
  return attribute === 'Arn' ? arn : `${logicalId}.${attribute}`;
}

/** What a resource is called once it is there; names that the template gives, else the logical id. */
function physicalIds(
  logicalId: string,
  { template, deployment: { account, region } }: Pick<Scope, 'template' | 'deployment'>,
): { readonly ref: string; readonly arn: string } {
  const resource = template.Resources[logicalId];
  if (resource === undefined) throw new Error(`the template has no ${logicalId}`);
  const named = (property: string) => {
    const name = resource.Properties[property];
    return typeof name === 'string' ? name : String(resolveName(name, { account, region }) ?? logicalId);
  };
  const arnOf = (service: string, path: string, where = `${region}:${account}`) =>
    `arn:aws:${service}:${where}:${path}`;
  switch (resource.Type) {
    case 'AWS::S3::Bucket':
      return { ref: named('BucketName'), arn: `arn:aws:s3:::${named('BucketName')}` };
    case 'AWS::IAM::Role':
      return { ref: named('RoleName'), arn: arnOf('iam', `role/${named('RoleName')}`, `:${account}`) };
    case 'AWS::KMS::Key':
      return { ref: logicalId, arn: arnOf('kms', `key/${logicalId}`) };
    case 'AWS::ECS::Cluster':
      return { ref: named('ClusterName'), arn: arnOf('ecs', `cluster/${named('ClusterName')}`) };
    case 'AWS::ECR::Repository':
      return { ref: named('RepositoryName'), arn: arnOf('ecr', `repository/${named('RepositoryName')}`) };
    case 'AWS::ECS::TaskDefinition': {
      const arn = arnOf('ecs', `task-definition/${named('Family')}:1`);
      return { ref: arn, arn };
    }
    default:
      return { ref: logicalId, arn: arnOf(resource.Type.split('::')[1]?.toLowerCase() ?? '', logicalId) };
  }
}

/** Names are text and the account at most. */
function resolveName(
  name: unknown,
  { account, region }: Pick<Deployment, 'account' | 'region'>,
): string | undefined {
  const [separator, parts] = listOf(memberOf(name, 'Fn::Join'));
  if (parts === undefined) return undefined;
  const known: Readonly<Record<string, string>> = { 'AWS::AccountId': account, 'AWS::Region': region };
  return listOf(parts)
    .map((part) => known[String(memberOf(part, 'Ref'))] ?? String(part))
    .join(String(separator));
}

function plainValue(value: unknown): JsonValue {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
