import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { jsonShapes } from '../../../bin/json-shapes/catalogue.ts';
import { buildProgram } from '../../../bin/program/build-program.ts';
import { renderJsonOutput } from '../../../scripts/docs/render-json-output.ts';
import { holdToShape } from '../../support/json-shapes.ts';

const commands = buildProgram(() => async () => undefined).leaves();
const names: readonly string[] = jsonShapes.map((shape) => shape.shape.schema.value);

test('every command names a shape, every shape is named by a command, once in the catalogue', () => {
  for (const { path, shapes } of commands) assert.ok(shapes.length > 0, path.join(' '));
  const printed = new Set<string>(commands.flatMap(({ shapes }) => shapes));
  assert.deepEqual(
    names.filter((name) => !printed.has(name)),
    ['fraudctl/failure/v1'],
  );
  assert.deepEqual([...new Set(names)], names);
  for (const name of names) assert.match(name, /^(?:fraudctl|fraud-platform)\/[a-z-]+\/v[1-9]\d*$/);
});

test('what is not of its shape is found out', () => {
  const scope = {
    schema: 'fraudctl/run-scope/v1',
    environment: 'local',
    run_id: 'platform_20260221T020923Z',
  };
  const allowed = ['fraudctl/run-scope/v1'];
  holdToShape(scope, allowed, 'run new');
  assert.throws(() => holdToShape({ ...scope, more: 1 }, allowed, 'run new'), /more/);
  assert.throws(() => holdToShape({ ...scope, run_id: null }, allowed, 'run new'), /run_id/);
  assert.throws(() => holdToShape(scope, ['fraudctl/tasks/v1'], 'task list'), /its help names/);
});

test('the page of shapes is what the program says', async () => {
  const page = await readFile(new URL('../../../docs/json-output.md', import.meta.url), 'utf8');
  assert.ok(page === renderJsonOutput(), 'run npm run docs');
});
