import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundleHandler } from '../../lib/constructs/bundle-handler.ts';

const root = join(import.meta.dirname, '..', '..');
/** Handlers that a function starts; the others are parts of them. */
const entries = ['secrets/secret-writer', 'recorder/recorder', 'reaper/reaper', 'gate/desired-count'].map(
  (name) => `lib/constructs/${name}-handler.ts`,
);

test('the entries are all there', () => {
  const handlers = globSync('lib/constructs/**/*-handler.ts', { cwd: root });
  for (const entry of entries) assert.ok(handlers.includes(entry), entry);
});

for (const entry of entries) {
  test(`${entry}: one file below 2 MB that knows nothing of this machine`, () => {
    const { source } = bundleHandler(entry);
    assert.ok(source.length < 2_000_000, String(source.length));
    assert.ok(!source.includes(root));
    assert.ok(!source.includes('aws-cdk-lib'));
  });
}

test('the same sources give the same bytes in another process and another folder', () => {
  const [entry = ''] = entries;
  const url = new URL('../../lib/constructs/bundle-handler.ts', import.meta.url).href;
  const script = `import { bundleHandler } from ${JSON.stringify(url)}; process.stdout.write(bundleHandler(${JSON.stringify(entry)}).sha256);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: '/',
    encoding: 'utf8',
    env: {},
  });
  assert.equal(stdout, bundleHandler(entry).sha256, stderr);
});
