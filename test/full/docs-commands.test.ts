import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, pages } from '../support/docs.ts';
import { createTestEnvironment } from '../support/local-environment.ts';
import { runBlocks } from '../support/run-page.ts';

for (const { path, text } of pages()) {
  const blocks = blocksOf(text).filter(({ info }) => info === 'sh');
  if (blocks.length === 0) continue;
  test(`every command of ${path} ends well, one after the other`, { timeout: 900_000 }, async () => {
    const environment = await createTestEnvironment();
    try {
      const folder = await mkdtemp(join(tmpdir(), 'page-'));
      assert.ok((await runBlocks(blocks, { folder, home: environment.home })) > 0);
    } finally {
      await environment.close();
    }
  });
}
