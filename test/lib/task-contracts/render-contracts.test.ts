import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { taskContracts } from '../../../lib/task-contracts/catalogue.ts';
import { renderContracts } from '../../../lib/task-contracts/render-contracts.ts';

test('docs/contracts.md is what the contracts say; npm run docs makes it so', async () => {
  const committed = await readFile(new URL('../../../docs/contracts.md', import.meta.url), 'utf8');
  assert.equal(committed, renderContracts(taskContracts));
});
