import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { z } from 'zod';
import { bundleHandler, HandlerBundler } from '../../lib/constructs/bundle-handler.ts';
import { DerivedValues } from '../../lib/files/derived-values.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
after(() => rmSync(folder, { recursive: true }));
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

test('a bundle is found again as long as nothing that it is made of has changed', () => {
  const entry = entries.at(-1) ?? assert.fail();
  /** Keeps under any name, and shows what it was given. */
  class OneValue extends DerivedValues {
    held: unknown;
    override recall(): unknown {
      return this.held;
    }
    override keep(_: string, value: unknown): void {
      this.held = value;
    }
  }
  const kept = new OneValue(folder);
  const made = new HandlerBundler(kept);
  const bundle = made.bundle(entry);
  const again = new HandlerBundler(kept);
  assert.deepEqual(again.bundle(entry), bundle);
  assert.deepEqual([made.made, again.made], [1, 0]);
  const heldSchema = z.object({ inputs: z.record(z.string(), z.string()), bundle: z.json() });
  const held = heldSchema.parse(kept.held);
  const lock = 'node_modules/.package-lock.json';
  assert.ok(lock in held.inputs && entry in held.inputs && Object.keys(held.inputs).length > 500);
  for (const changed of [
    ...[entry, lock].map((path) => ({ ...held, inputs: { ...held.inputs, [path]: '0'.repeat(64) } })),
    { ...held, inputs: { ...held.inputs, 'lib/constructs/that-is-gone.ts': '0'.repeat(64) } },
    { ...held, bundle: { source: 'exports.handler = () => {};', sha256: bundle.sha256 } },
  ]) {
    kept.held = changed;
    const suspicious = new HandlerBundler(kept);
    assert.deepEqual(suspicious.bundle(entry), bundle);
    assert.equal(suspicious.made, 1);
  }
});
