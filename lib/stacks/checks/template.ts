import { z } from 'zod';

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  UpdateReplacePolicy: z.string().optional(),
});

/** A CloudFormation template, as far as laws look at it. */
export const templateSchema = z.looseObject({
  Resources: z.record(z.string(), resourceSchema).default({}),
  Parameters: z.record(z.string(), z.looseObject({ AllowedPattern: z.string().optional() })).default({}),
});
export type Template = z.infer<typeof templateSchema>;
export type TemplateResource = z.infer<typeof resourceSchema>;

/** One break of a law. */
export type LawFinding = { readonly logicalId: string; readonly message: string };

/** A law that every template keeps; pure. Names are stable: reports and tests call a law by its name. */
export type TemplateLaw = {
  readonly name: string;
  /** Why it is a law. */
  readonly reason: string;
  readonly check: (template: Template) => readonly LawFinding[];
};

/** Resources of a type, with their ids. */
export function resourcesOfType(
  template: Template,
  type: string,
): readonly (readonly [string, TemplateResource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/**
 * A value of a template as text: `Fn::Join` joined, and every other function as `${name:argument}`.
 * `undefined` becomes nothing.
 */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (typeof value !== 'object') return String(value);
  const [entry] = Object.entries(value);
  if (entry === undefined) return '';
  const [name, argument] = entry;
  if (name === 'Fn::Join' && Array.isArray(argument)) {
    const [separator, parts] = argument;
    if (Array.isArray(parts)) return parts.map(textOf).join(String(separator));
  }
  if (name === 'Fn::Sub' && typeof argument === 'string') return argument;
  return `\${${name}:${Array.isArray(argument) ? argument.map(textOf).join('.') : textOf(argument)}}`;
}

/** A member of a JSON value by keys; `undefined` when there is none. */
export function memberOf(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );
}

/** A value that may be one or several, as several; nothing is none. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
