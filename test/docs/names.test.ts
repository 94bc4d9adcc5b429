import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { databaseIdentifier, stackName } from '../../config/names.ts';

test('commands of AWS on the operations page name what the environments have', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const named = (option: string) =>
    [...page.matchAll(new RegExp(`--${option} (\\S+)`, 'g'))].map(([, name]) => name);
  assert.deepEqual(named('stack-name'), [stackName('dev-min', 'foundation')]);
  assert.deepEqual(named('db-instance-identifier'), [databaseIdentifier('staging')]);
});
