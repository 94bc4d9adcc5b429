import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, pages } from '../support/docs.ts';
import { createTestEnvironment } from '../support/local-environment.ts';
import { runBlocks } from '../support/run-page.ts';

test('the tour begins as it says: every command of its first steps ends well', async () => {
  const page = pages().find(({ path }) => path === 'docs/tour.md');
  const blocks = blocksOf(page?.text ?? '').filter(({ info }) => info === 'sh');
  assert.ok(blocks.length >= 7, `${blocks.length} blocks`);
  const environment = await createTestEnvironment();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'tour-'));
    assert.ok((await runBlocks(blocks.slice(0, 2), { folder, home: environment.home })) >= 10);
  } finally {
    await environment.close();
  }
});
