import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import { verifyBundleFolder } from '../../../lib/evidence/verify-bundle.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { sha256Schema } from '../../../lib/vocabulary/identifiers.ts';
import { filesOf, sampleContent, writeBundle } from '../../support/sample-bundle.ts';

let root: string;
let made = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-'));
});
after(() => rm(root, { recursive: true }));

async function freshFolder(): Promise<string> {
  made += 1;
  const folder = join(root, String(made));
  await mkdir(folder);
  return folder;
}

const bundle = layOutBundle(sampleContent());

test('the digest is that of the manifest, and the same anywhere', () => {
  assert.equal(bundle.digest, '0111c23671647f04cdb4345fb455cc1790fbd224a8b48b74c121456481050641');
});

test('neither the order of items nor any clock changes the digest', () => {
  const other = layOutBundle(
    sampleContent({ items: [...sampleContent().items].reverse(), clocks: { at: 'another time' } }),
  );
  assert.equal(other.digest, bundle.digest);
  assert.notEqual(other.statementDigest, bundle.statementDigest);
});

test('the flag exists for PASS only', () => {
  for (const result of ['PASS', 'FAIL', 'INDETERMINATE'] as const) {
    const { tags } = layOutBundle(sampleContent({ verdict: { result, reasons: [] } }));
    assert.equal(tags.has('_passed.flag'), result === 'PASS');
  }
});

test('a whole bundle that says PASS verifies, here and with sha256sum', async () => {
  const folder = await freshFolder();
  await writeBundle(folder);
  const report = await verifyBundleFolder(folder);
  assert.equal(report.verdict, 'whole-pass', JSON.stringify(report.items));
  assert.equal(report.bundleDigest, bundle.digest);
  for (const manifest of ['manifest-sha256.txt', 'tagmanifest-sha256.txt']) {
    const { stdout } = await promisify(execFile)('sha256sum', ['-c', '--strict', manifest], { cwd: folder });
    assert.doesNotMatch(stdout, /FAILED/);
  }
});

for (const result of ['FAIL', 'INDETERMINATE'] as const) {
  test(`a whole bundle that says ${result} is whole, and does not pass`, async () => {
    const folder = await freshFolder();
    await writeBundle(folder, layOutBundle(sampleContent({ verdict: { result, reasons: ['because'] } })));
    assert.equal((await verifyBundleFolder(folder)).verdict, 'whole-not-pass');
  });
}

const mutations: readonly [string, (file: string) => Promise<void>][] = [
  ['one bit flipped in its middle', (file) => flip(file, 0.5)],
  ['one bit flipped at its start', (file) => flip(file, 0)],
  ['one bit flipped at its end', (file) => flip(file, 1)],
  ['removed', (file) => rm(file)],
  ['emptied', (file) => truncate(file)],
  ['a byte appended', async (file) => writeFile(file, Buffer.concat([await readFile(file), Buffer.of(10)]))],
  [
    'replaced by a link to the same bytes',
    async (file) => {
      await rename(file, `${root}/linked-${made}`);
      await symlink(`${root}/linked-${made}`, file);
    },
  ],
  [
    'replaced by a folder',
    async (file) => {
      await rm(file);
      await mkdir(file);
    },
  ],
];
for (const path of filesOf(bundle).keys()) {
  for (const [what, mutate] of mutations) {
    test(`${path} ${what}: never PASS`, async () => {
      const folder = await freshFolder();
      await writeBundle(folder);
      await mutate(join(folder, path));
      const report = await verifyBundleFolder(folder);
      assert.equal(report.verdict, 'broken', JSON.stringify(report.items));
      assert.ok(report.items.some(({ state }) => state !== 'ok'));
    });
  }
}

test('an extra file anywhere is found', async () => {
  for (const extra of ['extra.txt', 'data/extra.txt', 'data/launches/Run/0/.hidden']) {
    const folder = await freshFolder();
    await writeBundle(folder);
    await writeFile(join(folder, extra), '');
    const report = await verifyBundleFolder(folder);
    assert.equal(report.verdict, 'broken');
    assert.ok(report.items.some(({ path, state }) => path === extra && state === 'extra'));
  }
});

test('a flag put beside a bundle that failed does not make it pass', async () => {
  const folder = await freshFolder();
  await writeBundle(folder, layOutBundle(sampleContent({ verdict: { result: 'FAIL', reasons: [] } })));
  await writeFile(join(folder, '_passed.flag'), bundle.tags.get('_passed.flag') ?? '');
  assert.equal((await verifyBundleFolder(folder)).verdict, 'broken');
});

test('the flag, statement or payload of another bundle is found', async () => {
  const other = layOutBundle(sampleContent({ manifestFingerprint: sha256Schema.parse('9'.repeat(64)) }));
  for (const name of ['_passed.flag', 'statement.json', 'tagmanifest-sha256.txt']) {
    const folder = await freshFolder();
    await writeBundle(folder);
    await writeFile(join(folder, name), other.tags.get(name) ?? '');
    assert.equal((await verifyBundleFolder(folder)).verdict, 'broken', name);
  }
});

test('a manual item can never stand in a bundle that passes', async () => {
  const folder = await freshFolder();
  const [first, ...rest] = sampleContent().items;
  assert.ok(first);
  await writeBundle(
    folder,
    layOutBundle(sampleContent({ items: [{ ...first, origin: 'manual' }, ...rest] })),
  );
  assert.equal((await verifyBundleFolder(folder)).verdict, 'broken');
});

test('an item whose path escapes cannot be laid out', () => {
  const content = new TextEncoder().encode('x');
  for (const path of ['../x', '/x', 'a//b', 'a%2fb', 'a\nb']) {
    assert.throws(() => layOutBundle(sampleContent({ items: [{ path, origin: 'native', content }] })));
  }
});

for (const [what, make] of [
  ['no folder', async (folder: string) => join(folder, 'nowhere')],
  [
    'a file',
    async (folder: string) => {
      await writeFile(join(folder, 'file'), '');
      return join(folder, 'file');
    },
  ],
] as const) {
  test(`verifying ${what} is a usage error with a remedy`, async () => {
    const path = await make(await freshFolder());
    await assert.rejects(
      verifyBundleFolder(path),
      (error) => isPlatformError(error) && error.exitCode === 64 && error.failure.value === path,
    );
  });
}

test('an empty folder is broken, not PASS', async () => {
  assert.equal((await verifyBundleFolder(await freshFolder())).verdict, 'broken');
});

async function flip(file: string, where: number): Promise<void> {
  const bytes = await readFile(file);
  const index = Math.min(bytes.length - 1, Math.floor(bytes.length * where));
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  await writeFile(file, bytes);
}
