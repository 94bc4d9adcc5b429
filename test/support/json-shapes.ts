import assert from 'node:assert/strict';
import { z } from 'zod';
import { type JsonShape, jsonShapes } from '../../bin/json-shapes/catalogue.ts';
import { buildProgram } from '../../bin/program/build-program.ts';
import { OperatorCommand } from '../../bin/program/operator-command.ts';

const shapes: ReadonlyMap<string, JsonShape> = new Map(
  jsonShapes.map((shape) => [shape.shape.schema.value, shape]),
);

/** Names of every shape. */
export const jsonShapeNames: readonly string[] = [...shapes.keys()];

/** The command of a command line; `undefined` for one that the program refuses. */
function commandOf(argv: readonly string[]): OperatorCommand | undefined {
  let found: OperatorCommand | undefined;
  const program = buildProgram(() => async (...received) => {
    const command = received.at(-1);
    if (command instanceof OperatorCommand) found = command;
  });
  try {
    program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    program.parse(argv, { from: 'user' });
  } catch {
    return undefined;
  }
  return found;
}

/**
 * Holds what a command printed with `--json` to the shapes that its help names: one object, or one a line
 * where the shape is that of a line. A failure is printed by any command.
 */
export function holdToShapes(argv: readonly string[], run: { readonly stdout: string }): void {
  if (!argv.includes('--json') || run.stdout === '') return;
  const command = commandOf(argv);
  const allowed = [...(command?.shapes ?? []), 'fraudctl/failure/v1'];
  const lines = run.stdout.trimEnd().split('\n');
  if (!allowed.includes('fraudctl/log-line/v1')) assert.equal(lines.length, 1, run.stdout);
  for (const line of lines) holdToShape(JSON.parse(line), allowed, argv.join(' '));
}

/** Holds one object to one of these shapes. */
export function holdToShape(object: unknown, allowed: readonly string[], what: string): void {
  const name = z.looseObject({ schema: z.string() }).parse(object).schema;
  assert.ok(allowed.includes(name), `${what} prints ${name}, and its help names ${allowed.join(', ')}`);
  const parsed = shapes.get(name)?.safeParse(object);
  assert.ok(parsed?.success, `${what}: ${name} is not of its shape: ${parsed?.error?.message}`);
}
