import { z } from 'zod';
import { type JsonShape, jsonShapes } from '../../bin/json-shapes/catalogue.ts';
import { buildProgram } from '../../bin/program/build-program.ts';
import type { OperatorCommand } from '../../bin/program/operator-command.ts';

/** The part of JSON Schema that shapes come to. */
const nodeSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.json().optional(),
  enum: z.array(z.json()).optional(),
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  required: z.array(z.string()).optional(),
  get additionalProperties() {
    return z.union([z.boolean(), nodeSchema]).optional();
  },
  get items() {
    return nodeSchema.optional();
  },
  get anyOf() {
    return z.array(nodeSchema).optional();
  },
  get oneOf() {
    return z.array(nodeSchema).optional();
  },
});
type Node = z.infer<typeof nodeSchema>;

type Row = { readonly path: string; readonly type: string; readonly about: string };

/** `docs/json-output.md`: every command with the shapes that it prints, and every shape with its members. Pure. */
export function renderJsonOutput(): string {
  const program = buildProgram(() => async () => undefined);
  const commands = program.leaves();
  return [
    '# What `--json` prints',
    '',
    'Generated from `bin/json-shapes` and the program itself by `npm run docs`; a test fails when it is stale,',
    'and every test that runs a command with `--json` holds what it prints to this.',
    '',
    'A command prints exactly one JSON object on standard output, and its progress on standard error. The',
    'member `schema` is name and version of the shape. A shape that is released does not change in place: a',
    'member that is added, removed or means something else makes the next version. `fraudctl logs` prints one',
    'object a line, while lines come. A command that fails prints `fraudctl/failure/v1`, and its exit code says',
    'which class of failure it is.',
    '',
    '## Commands',
    '',
    '| command | shapes |',
    '| --- | --- |',
    ...commands.map(
      ({ path, shapes }) => `| \`fraudctl ${path.join(' ')}\` | ${shapes.map(linkTo).join(', ')} |`,
    ),
    '',
    ...jsonShapes.flatMap((shape) => section(shape, commands)),
  ].join('\n');
}

function section(shape: JsonShape, commands: readonly OperatorCommand[]): readonly string[] {
  const name = shape.shape.schema.value;
  const root = nodeSchema.parse(z.toJSONSchema(shape, { unrepresentable: 'any' }));
  const printers = commands.filter(({ shapes }) => shapes.includes(name));
  return [
    `## ${name}`,
    '',
    `${root.description ?? ''} Printed by ${
      printers.length === 0 ? 'every command' : printers.map(({ path }) => `\`${path.join(' ')}\``).join(', ')
    }.`,
    '',
    '| member | type | |',
    '| --- | --- | --- |',
    ...membersOf(root, '').map(({ path, type, about }) => `| \`${path}\` | ${type} | ${about} |`),
    '',
  ];
}

const linkTo = (name: string) => `[${name}](#${name.replaceAll('/', '')})`;

/** Members of an object, nested ones after the one that holds them. */
function membersOf(node: Node, prefix: string): readonly Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const isOptional = !(node.required ?? []).includes(name);
    const about = [isOptional ? 'may be absent' : '', member.description ?? ''].filter((part) => part !== '');
    return [
      { path, type: typeOf(member), about: about.join('; ').replaceAll('|', '\\|') },
      ...nested(member, path),
    ];
  });
}

/** What is inside of a value: members of an object, of the objects of a list, or of one of several. */
function nested(node: Node, path: string): readonly Row[] {
  if (node.description?.startsWith('see docs/schemas/')) return [];
  const choices = node.anyOf ?? node.oneOf;
  if (choices !== undefined) {
    const rows = choices.flatMap((choice) => nested(choice, path));
    return rows.filter((row, index) => rows.findIndex((other) => other.path === row.path) === index);
  }
  if (node.items !== undefined) return nested(node.items, `${path}[]`);
  if (node.properties !== undefined) return membersOf(node, `${path}.`);
  if (typeof node.additionalProperties === 'object') return nested(node.additionalProperties, `${path}.*`);
  return [];
}

function typeOf(node: Node): string {
  const choices = node.anyOf ?? node.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' or ');
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : typeOf(node.items)}`;
  if (node.type === 'object' && typeof node.additionalProperties === 'object' && !node.properties) {
    return `object of ${typeOf(node.additionalProperties)}`;
  }
  if (Array.isArray(node.type)) return node.type.join(' or ');
  return node.type ?? 'any value';
}
