import { memberOf, type Template, templateSchema } from '../../lib/stacks/checks/template.ts';
import { motoAccount } from './moto.ts';

/** What a deploy would have asked one of our functions to do; moto runs no functions. */
export type CustomRequest = {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

export type AdaptedTemplate = { readonly template: Template; readonly custom: readonly CustomRequest[] };

/**
 * A synthesized template as far as moto 5.2 can hold it. Changed, and nothing else:
 *
 * - custom resources are taken out and returned: the test asks the real handlers instead;
 * - what they give back to the template is put in: `values` by `<logical id>.<attribute>`;
 * - tags of keys, whose names moto reads wrongly, and attributes of a database that moto does not have;
 * - the parameter group of the database and the registry of a service, at which moto stumbles.
 *
 * Types that moto knows nothing of are left in: it passes them over, and the test says which.
 */
export function adaptTemplate(
  original: Template,
  region: string,
  values: Readonly<Record<string, unknown>> = {},
): AdaptedTemplate {
  const custom = Object.entries(original.Resources).flatMap(([logicalId, { Type, Properties }]) =>
    Type.startsWith('Custom::') ? [{ logicalId, type: Type, properties: Properties }] : [],
  );
  const gone = new Set(custom.map(({ logicalId }) => logicalId));
  const adapt = (value: unknown): unknown => {
    if (Array.isArray(value))
      return value.filter((one) => typeof one !== 'string' || !gone.has(one)).map(adapt);
    if (typeof value !== 'object' || value === null) return value;
    const attribute = memberOf(value, 'Fn::GetAtt');
    if (Array.isArray(attribute)) {
      const [logicalId, name] = attribute.map(String);
      const given = values[`${logicalId}.${name}`];
      if (given !== undefined) return given;
      const type = original.Resources[logicalId ?? '']?.Type;
      if (type === 'AWS::RDS::DBInstance')
        return databaseAttribute(original, logicalId ?? '', name ?? '', region);
      return value;
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !gone.has(key))
        .map(([key, member]) => [key, adapt(member)]),
    );
  };
  const template = templateSchema.parse(adapt(original));
  for (const resource of Object.values(template.Resources)) {
    if (resource.Type === 'AWS::KMS::Key') delete resource.Properties.Tags;
    if (resource.Type === 'AWS::RDS::DBInstance') delete resource.Properties.DBParameterGroupName;
    if (resource.Type === 'AWS::ECS::Service') delete resource.Properties.ServiceRegistries;
  }
  return { template, custom };
}

function databaseAttribute(template: Template, logicalId: string, name: string, region: string): unknown {
  const identifier = String(template.Resources[logicalId]?.Properties.DBInstanceIdentifier);
  switch (name) {
    case 'DBInstanceArn':
    case 'DbInstanceArn':
      return `arn:aws:rds:${region}:${motoAccount}:db:${identifier}`;
    case 'MasterUserSecret.SecretArn':
      return masterSecretName(identifier);
    default:
      return { 'Fn::GetAtt': [logicalId, name] };
  }
}

/** Name under which the test keeps what RDS would: the owner's secret. */
export const masterSecretName = (identifier: string) => `rds-${identifier}`;
