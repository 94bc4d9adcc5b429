import assert from 'node:assert/strict';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Block, blocksOf, pages } from '../support/docs.ts';
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

/** The commands of a block that shows what they print; a run scope in one is the latest there is. */
function typedIn({ text, ...block }: Block): Block {
  const typed = text.split('\n').filter((line) => line.startsWith('$ '));
  return {
    ...block,
    text: typed.map((line) => line.slice(2).replaceAll(/\bplatform_\d{8}T\d{6}Z/g, '<run>')).join('\n'),
  };
}

test('the daily jobs of the README end well as they are shown, after the chain that it begins with', {
  timeout: 900_000,
}, async () => {
  const readme = pages().find(({ path }) => path === 'README.md');
  const shown = blocksOf(readme?.text ?? '')
    .map(typedIn)
    .filter(({ text }) => text !== '');
  assert.ok(shown.length >= 3, `${shown.length} blocks`);
  const chain = {
    info: 'sh',
    line: 0,
    text: [
      'npx fraudctl world generate --scale 12 --seed 42 --out ./world',
      'npx fraudctl segment run --world ./world --runs-root ./.fraud-platform/runs',
    ].join('\n'),
  };
  const environment = await createTestEnvironment();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'page-'));
    await symlink(environment.home, join(folder, '.fraud-platform'));
    assert.ok((await runBlocks([chain, ...shown], { folder, home: environment.home })) >= 5);
  } finally {
    await environment.close();
  }
});
